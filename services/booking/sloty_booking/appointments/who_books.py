"""For whom and with whom a caller may book: staff for anybody, the others for themselves."""

from uuid import UUID

from sloty_booking.appointments.schemas import Booking
from sloty_booking.customers import queries as customers
from sloty_booking.customers.actions import find_or_create_customer
from sloty_booking.customers.schemas import NewCustomer
from sloty_shared.errors import FieldError, Forbidden, Invalid
from sloty_shared.models import Customer, User, UserRole
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work


def refuse_foreign_booking(work: Work, request: Booking, own_provider_ids: set[UUID]) -> None:
    """Raise Forbidden where the caller may not book what is asked for."""
    if work.caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL:
        return
    if work.caller.role is UserRole.PROVIDER:
        if request.provider_id not in own_provider_ids:
            raise Forbidden("A provider books appointments of their own: name your providerId.")
    elif request.ignore_availability or request.internal_notes is not None:
        raise Forbidden("ignoreAvailability and internalNotes are for staff.")


def customer_of(work: Work, request: Booking) -> Customer:
    """Who the appointment is for. Raises NotFound, Invalid where nobody is named, or Forbidden."""
    if work.caller.role is UserRole.USER:
        return _oneself(work, request)
    if request.customer is not None:
        return find_or_create_customer(work, request.customer)
    if request.customer_id is None:
        raise Invalid(errors=[FieldError("/customerId", "Name either customerId or customer")])
    return customers.customer(work, request.customer_id)


def _oneself(work: Work, request: Booking) -> Customer:
    user = work.caller.person
    if user.email_verified is None:
        raise Forbidden("Verify your e-mail address before you book.")
    own = customers.customer_by_email(work, user.email)
    if request.customer is not None or request.customer_id not in (None, own and own.id):
        raise Forbidden("You book for yourself: leave customer and customerId out.")
    return own or find_or_create_customer(work, _as_customer(user))


def _as_customer(user: User) -> NewCustomer:
    first, _, last = (user.name or user.email.partition("@")[0]).partition(" ")
    return NewCustomer(
        first_name=first,
        last_name=last or "-",
        email=user.email,
        timezone=user.timezone,
        locale=user.locale,
    )
