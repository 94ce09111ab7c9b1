"""What a booking needs to know, asked in the statement that lets its caller in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, select

from sloty_booking.appointments.schemas import Booking
from sloty_shared.calendar_lists import narrowed, period_values, service_calendars
from sloty_shared.calendars import Bookable, bookables
from sloty_shared.errors import NotFound
from sloty_shared.hot_statements import Detached, Values
from sloty_shared.models import Customer, Service, ServiceParameter
from sloty_shared.web.doors import ENTERED_TENANT, Question

_SERVICE, _CUSTOMER = Detached(Service), Detached(Customer)
# How a booking names its customer: each is found by an index of its own.
_CUSTOMER_BY = {
    "customer_id": Customer.id == bindparam("customer_id"),
    "customer_email": Customer.email_key == func.lower(bindparam("customer_email")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The service that is booked, the customer who is known, and who could give the appointment.

    `bookables` is None where the time is held already.
    """

    service: Service
    has_form: bool
    customer: Customer | None
    bookables: list[Bookable] | None


def ask_booking(now: datetime, body: Booking) -> Question:
    """The question of one booking."""
    given = narrowed(
        customer_id=body.customer_id,
        customer_email=body.customer.email if body.customer else None,
    )
    values = given | {"service_id": body.service_id}
    if body.hold_id is not None:
        return Question(_select(frozenset(given), None), values)
    where = narrowed(provider_id=body.provider_id, location_id=body.location_id)
    end = body.start_time + timedelta(minutes=1)
    values |= where | period_values(body.start_time, end, now)
    return Question(_select(frozenset(given), frozenset(where)), values)


def read_asked(found: Values | None, request: Booking) -> Asked:
    """What the question found. Raises NotFound for the service."""
    if found is None:
        raise NotFound("There is no such service.")
    service, (has_form, *others) = _SERVICE.split(found)
    calendars = others.pop() if request.hold_id is None else None
    return Asked(
        service=service,
        has_form=has_form,
        customer=_CUSTOMER.row(tuple(others)) if others and others[0] else None,
        bookables=None if calendars is None else bookables(calendars),
    )


@cache
def _select(customer: frozenset[str], narrowed_to: frozenset[str] | None) -> Select[Any]:
    has_form = exists().where(
        ServiceParameter.tenant_id == Service.tenant_id, ServiceParameter.service_id == Service.id
    )
    query = (
        select(*_SERVICE.columns, has_form)
        .select_from(Service)
        .where(Service.tenant_id == ENTERED_TENANT, Service.id == bindparam("service_id"))
    )
    for name in customer:
        named = and_(Customer.tenant_id == ENTERED_TENANT, _CUSTOMER_BY[name])
        query = query.add_columns(*_CUSTOMER.columns).outerjoin(Customer, named)
    if narrowed_to is None:
        return query
    return query.add_columns(service_calendars(narrowed_to))
