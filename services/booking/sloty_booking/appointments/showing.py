"""Appointments as each kind of caller may see them, with the parts that were asked for."""

from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from sloty_booking.appointments.schemas import (
    AppointmentForCustomer,
    AppointmentView,
    AppointmentWithParts,
    Part,
)
from sloty_booking.appointments.who_acts import acts_for_customer
from sloty_booking.staff.showing import shown as shown_provider
from sloty_shared.models import Appointment, Provider
from sloty_shared.web.paging import Listing
from sloty_shared.web.work import Work

NO_PARTS: frozenset[Part] = frozenset()
# At most one statement more for each part, however many appointments.
_LOADING: dict[Part, ORMOption] = {
    "customer": joinedload(Appointment.customer, innerjoin=True),
    "service": joinedload(Appointment.service, innerjoin=True),
    "provider": joinedload(Appointment.provider, innerjoin=True).options(
        joinedload(Provider.user, innerjoin=True), selectinload(Provider.limits)
    ),
    "location": joinedload(Appointment.location, innerjoin=True),
    "parameters": selectinload(Appointment.parameters),
    "participants": selectinload(Appointment.participants),
}
# What is said of it wherever there is no room for its parts.
NAMES: tuple[ORMOption, ...] = (
    joinedload(Appointment.service, innerjoin=True),
    joinedload(Appointment.location, innerjoin=True),
    joinedload(Appointment.provider, innerjoin=True).joinedload(Provider.user, innerjoin=True),
)


def loading(include: AbstractSet[Part]) -> list[ORMOption]:
    """What a query must load for these parts to be shown."""
    return [_LOADING[part] for part in sorted(include)]


def shown(
    work: Work, appointment: Appointment, include: AbstractSet[Part] = NO_PARTS
) -> AppointmentWithParts:
    """The appointment as the caller may see it; `loading(include)` has been loaded with it.

    With parts it has no ETag: they change without it.
    """
    values: dict[str, Any] = {
        name: getattr(appointment, name) for name in (*AppointmentView.model_fields, *include)
    }
    if include:
        values["version"] = None
    if "provider" in include:
        values["provider"] = shown_provider(work, appointment.provider)
    if acts_for_customer(work):
        values["internal_notes"] = None
    return _view(work).model_validate(values)


def shown_page(
    work: Work, found: tuple[list[Appointment], str | None], include: AbstractSet[Part]
) -> Listing[Any]:
    """A page of a list as the caller may see it."""
    rows, next_cursor = found
    page = {"items": [shown(work, row, include) for row in rows], "next_cursor": next_cursor}
    if acts_for_customer(work):
        return Listing[AppointmentForCustomer].model_validate(page)
    return Listing[AppointmentWithParts].model_validate(page)


def _view(work: Work) -> type[AppointmentWithParts]:
    return AppointmentForCustomer if acts_for_customer(work) else AppointmentWithParts
