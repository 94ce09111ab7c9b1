"""Reading appointments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select

from sloty_shared.errors import NotFound
from sloty_shared.models import HOLDING, Appointment, AppointmentStatus
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """What a list is narrowed to; `start` and `end` bound startTime, half-open."""

    provider_id: UUID | None = None
    customer_id: UUID | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None
    status: AppointmentStatus | None = None
    start: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {
            Appointment.provider_id: self.provider_id,
            Appointment.customer_id: self.customer_id,
            Appointment.service_id: self.service_id,
            Appointment.location_id: self.location_id,
            Appointment.status: self.status,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.start is not None:
            found.append(Appointment.start_time >= self.start)
        if self.end is not None:
            found.append(Appointment.start_time < self.end)
        return found


def appointments(
    work: Work, wanted: AppointmentFilter, page: Page
) -> tuple[list[Appointment], str | None]:
    """In order of their start."""
    return paginate(
        work.session,
        _own(work).where(*wanted.conditions()),
        by=[Appointment.start_time, Appointment.id],
        page=page,
    )


def appointment(work: Work, appointment_id: UUID, *, to_change: bool = False) -> Appointment:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = _own(work).where(Appointment.id == appointment_id)
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such appointment.")
    return found


def bookings_of_day(
    work: Work, provider_ids: list[UUID], start: datetime, end: datetime
) -> dict[UUID, int]:
    """How many appointments each provider has that start in [start, end)."""
    query = (
        select(Appointment.provider_id, func.count().label("bookings"))
        .where(
            Appointment.provider_id.in_(provider_ids),
            Appointment.start_time >= start,
            Appointment.start_time < end,
            Appointment.status.in_(HOLDING),
        )
        .group_by(Appointment.provider_id)
    )
    return {row.provider_id: row.bookings for row in work.session.execute(query)}


def _own(work: Work) -> Select[Appointment]:
    return select(Appointment).where(Appointment.tenant_id == work.caller.tenant.id)
