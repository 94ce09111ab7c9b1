"""Reading series and the appointments in them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select

from sloty_booking.appointments.queries import within_reach
from sloty_booking.staff.queries import gives
from sloty_shared.errors import Forbidden, NotFound
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentSeries,
    Location,
    Provider,
)
from sloty_shared.permissions import Permission
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class SeriesFilter:
    """What a list is narrowed to."""

    customer_id: UUID | None = None
    service_id: UUID | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {
            AppointmentSeries.customer_id: self.customer_id,
            AppointmentSeries.service_id: self.service_id,
        }
        return [column == value for column, value in equal.items() if value is not None]


def all_series(
    work: Work, wanted: SeriesFilter, page: Page
) -> tuple[list[AppointmentSeries], str | None]:
    """Those of which the caller may see an appointment, in the order of booking."""
    query = _visible(work).where(*wanted.conditions())
    return paginate(work.session, query, by=[AppointmentSeries.id], page=page)


def series(work: Work, series_id: UUID) -> AppointmentSeries:
    """Raises NotFound, also where the caller may see none of its appointments."""
    found = work.session.scalar(_visible(work).where(AppointmentSeries.id == series_id))
    if found is None:
        raise NotFound("There is no such series.")
    return found


def standing_from(
    work: Work, found: AppointmentSeries, since: UUID | datetime | None
) -> Select[Appointment]:
    """What stands of it and is the caller's to change, from an appointment or an instant on.

    With None: what has not started yet. Raises NotFound for an appointment that is not in it.
    """
    if isinstance(since, UUID):
        since = _start_of(work, found, since)
    query = _own(work, found).where(Appointment.status.in_(HOLDING))
    if since is None:
        return query.where(Appointment.start_time > work.now)
    return query.where(Appointment.start_time >= since)


def refuse_foreign_series(work: Work, found: AppointmentSeries) -> None:
    """Raise Forbidden for a caller who may see the series and change nothing of it."""
    if not work.session.scalar(select(_own(work, found).exists())):
        raise Forbidden("This series is not yours to change.")


def provider_ids(work: Work, found: AppointmentSeries) -> set[UUID]:
    """Whose calendars its appointments stand in, or stood."""
    query = select(Appointment.provider_id).where(
        Appointment.tenant_id == work.tenant.id, Appointment.series_id == found.id
    )
    return set(work.session.scalars(query.distinct()))


def calendars_of(
    work: Work, *, service_id: UUID, provider_id: UUID | None, location_id: UUID | None
) -> dict[UUID, str]:
    """Who could give the service as it is asked for, and the zone of each."""
    query = (
        select(Provider.id, Location.timezone)
        .join(Location, Location.id == Provider.location_id)
        .where(Provider.tenant_id == work.tenant.id, gives(work, service_id))
    )
    if provider_id is not None:
        query = query.where(Provider.id == provider_id)
    if location_id is not None:
        query = query.where(Provider.location_id == location_id)
    return {row.id: row.timezone for row in work.session.execute(query)}


def _visible(work: Work) -> Select[AppointmentSeries]:
    seen = within_reach(work, Permission.APPOINTMENTS_READ)
    return select(AppointmentSeries).where(
        AppointmentSeries.tenant_id == work.tenant.id,
        seen.where(Appointment.series_id == AppointmentSeries.id).exists(),
    )


def _own(work: Work, found: AppointmentSeries) -> Select[Appointment]:
    own = within_reach(work, Permission.APPOINTMENTS_WRITE)
    return own.where(Appointment.series_id == found.id)


def _start_of(work: Work, found: AppointmentSeries, appointment_id: UUID) -> datetime:
    own = within_reach(work, Permission.APPOINTMENTS_READ)
    one = own.where(Appointment.series_id == found.id, Appointment.id == appointment_id)
    appointment = work.session.scalar(one)
    if appointment is None:
        raise NotFound("There is no such appointment in this series.")
    return appointment.start_time
