"""For whom and with whom a caller may book: staff for anybody, the others for themselves."""

from uuid import UUID

from sloty_booking.appointments.queries import own_provider_ids
from sloty_booking.appointments.schemas import BookingDetails
from sloty_booking.appointments.who_acts import acts_for_customer
from sloty_booking.customers import queries as customers
from sloty_booking.customers.actions import add_customer, find_or_create_customer
from sloty_booking.customers.schemas import NewCustomer
from sloty_shared.errors import FieldError, Forbidden, Invalid
from sloty_shared.models import Customer, User, UserRole
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work

# Of somebody whose user has one name only.
NO_NAME = "-"


def refuse_foreign_booking(work: Work, request: BookingDetails) -> None:
    """Raise Forbidden where the caller may not book what is asked for."""
    if acts_for_customer(work):
        if request.ignore_availability or request.internal_notes is not None:
            raise Forbidden("ignoreAvailability and internalNotes are for staff.")
    else:
        refuse_foreign_provider(work, request.provider_id)


def refuse_foreign_provider(work: Work, provider_id: UUID | None) -> None:
    """Raise Forbidden where a PROVIDER names another's calendar, or none."""
    if work.caller_or_none is None or work.caller.role is not UserRole.PROVIDER:
        return
    everywhere = work.caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL
    if not everywhere and provider_id not in own_provider_ids(work):
        raise Forbidden("A provider books appointments of their own: name your providerId.")


def known_customer(work: Work, request: BookingDetails) -> Customer | None:
    """Who is found by what the request says of them. Raises NotFound for an id."""
    if request.customer is not None:
        return customers.customer_by_email(work, request.customer.email)
    return None if request.customer_id is None else customers.customer(work, request.customer_id)


def customer_of(work: Work, request: BookingDetails, known: Customer | None) -> Customer:
    """Who the appointment is for; `known` is who was found by what the request says of them.

    Raises NotFound, Invalid where nobody is named, or Forbidden.
    """
    if work.caller_or_none is not None and acts_for_customer(work):
        return _oneself(work, request)
    if known is not None:
        return known
    if request.customer is not None:
        return add_customer(work, request.customer)
    if request.customer_id is None:
        raise Invalid(errors=[FieldError("/customerId", "Name either customerId or customer")])
    raise customers.no_customer()


def _oneself(work: Work, request: BookingDetails) -> Customer:
    user = work.caller.person
    if user.email_verified is None:
        raise Forbidden("Verify your e-mail address before you book.")
    own = customers.customer_by_email(work, user.email)
    if request.customer is not None or request.customer_id not in (None, own and own.id):
        raise Forbidden("You book for yourself: leave customer and customerId out.")
    return own or find_or_create_customer(work, _as_customer(user))


def _as_customer(user: User) -> NewCustomer:
    first, _, last = (user.name or user.email.partition("@")[0]).partition(" ")
    return NewCustomer.model_construct(
        first_name=first,
        last_name=last or NO_NAME,
        email=user.email,
        timezone=user.timezone,
        locale=user.locale,
    )
