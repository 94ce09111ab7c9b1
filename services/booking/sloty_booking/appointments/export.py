"""The list of appointments as a table: one statement, and one row for each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from sloty_booking.appointments.csv_file import as_csv
from sloty_booking.appointments.queries import SORTED_BY, AppointmentFilter, within_reach
from sloty_booking.appointments.who_acts import acts_for_customer
from sloty_shared.errors import Invalid
from sloty_shared.models import Appointment, Customer, Location, Provider, Service, User
from sloty_shared.permissions import Permission
from sloty_shared.web.work import Work

MOST_ROWS = 10_000

_Giver = aliased(User)
# The names of the columns stay as they are: programs read them. New ones come last.
_COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    "id": Appointment.id,
    "status": Appointment.status,
    "startTime": Appointment.start_time,
    "endTime": Appointment.end_time,
    "locationTimezone": Location.timezone,
    "startLocal": Appointment.start_time,
    "endLocal": Appointment.end_time,
    "serviceId": Appointment.service_id,
    "serviceName": Service.name,
    "providerId": Appointment.provider_id,
    "providerName": _Giver.name,
    "locationId": Appointment.location_id,
    "locationName": Location.name,
    "customerId": Appointment.customer_id,
    "customerFirstName": Customer.first_name,
    "customerLastName": Customer.last_name,
    "customerEmail": Customer.email,
    "customerPhone": Customer.phone,
    "title": Appointment.title,
    "notes": Appointment.notes,
    "internalNotes": Appointment.internal_notes,
    "price": Appointment.price,
    "currency": Appointment.currency,
    "bookedAt": Appointment.booked_at,
    "confirmationCode": Appointment.confirmation_code,
    "cancellationReason": Appointment.cancellation_reason,
    "remindersSent": Appointment.reminders_sent,
    "lastReminderAt": Appointment.last_reminder_at,
    "rescheduledFromId": Appointment.rescheduled_from_id,
    "rescheduledToId": Appointment.rescheduled_to_id,
    "seriesId": Appointment.series_id,
    "groupSessionId": Appointment.group_session_id,
}
_NAMES = tuple(_COLUMNS)
_ZONE, _HIDDEN = _NAMES.index("locationTimezone"), _NAMES.index("internalNotes")
_LOCAL = (_NAMES.index("startLocal"), _NAMES.index("endLocal"))


class TooManyRows(Invalid):
    """More appointments fit than one file has rows; narrow the filters."""

    code = "too_many_rows"
    title = "Too many rows"


def export_appointments(work: Work, wanted: AppointmentFilter, sort: str) -> str:
    """The CSV of what the caller may see. Raises TooManyRows."""
    query = _ordered(within_reach(work, Permission.APPOINTMENTS_READ), sort)
    rows = work.session.execute(
        _joined(query.where(*wanted.conditions()))
        .with_only_columns(*(column.label(name) for name, column in _COLUMNS.items()))
        .limit(MOST_ROWS + 1)
    ).all()
    if len(rows) > MOST_ROWS:
        raise TooManyRows(f"More than {MOST_ROWS} appointments fit; narrow the filters.")
    hides = acts_for_customer(work)
    return as_csv(_NAMES, (_shown(row, hides=hides) for row in rows))


def _ordered(query: Select[Appointment], sort: str) -> Select[Appointment]:
    by = (SORTED_BY[sort.removeprefix("-")], Appointment.id)
    return query.order_by(*(each.desc() if sort.startswith("-") else each for each in by))


def _joined(query: Select[Appointment]) -> Select[Appointment]:
    return (
        query.join(Service, Service.id == Appointment.service_id)
        .join(Location, Location.id == Appointment.location_id)
        .join(Customer, Customer.id == Appointment.customer_id)
        .join(Provider, Provider.id == Appointment.provider_id)
        .join(_Giver, _Giver.id == Provider.user_id)
    )


def _shown(row: Row[Any], *, hides: bool) -> list[Any]:
    values = list(row)
    for place in _LOCAL:
        values[place] = _reading(values[place], values[_ZONE])
    if hides:
        values[_HIDDEN] = None
    return values


def _reading(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
