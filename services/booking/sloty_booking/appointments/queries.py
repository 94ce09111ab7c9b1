"""Reading appointments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, select

from sloty_shared.errors import NotFound
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentStatus,
    Customer,
    Provider,
    User,
    UserRole,
)
from sloty_shared.permissions import Permission, Reach
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
        _visible(work).where(*wanted.conditions()),
        by=[Appointment.start_time, Appointment.id],
        page=page,
    )


def appointment(work: Work, appointment_id: UUID, *, to_change: bool = False) -> Appointment:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = _visible(work).where(Appointment.id == appointment_id)
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


def own_provider_ids(work: Work) -> set[UUID]:
    """The calendars that are the caller's own: one, or none."""
    if work.caller.role is not UserRole.PROVIDER:
        return set()
    mine = select(Provider.id).where(Provider.user_id == work.caller.person.id)
    return set(work.session.scalars(mine))


def _visible(work: Work) -> Select[Appointment]:
    """The tenant's appointments, or those of the caller where the permission goes no further."""
    query = select(Appointment).where(Appointment.tenant_id == work.tenant.id)
    if work.caller.reach(Permission.APPOINTMENTS_READ) is Reach.ALL:
        return query
    return query.where(_is_own(work.caller.person))


def _is_own(user: User) -> ColumnElement[bool]:
    """A provider gives it; or a customer has it, whose address the user has proven to be theirs."""
    if user.role is UserRole.PROVIDER:
        mine = select(Provider.id).where(Provider.user_id == user.id)
        return Appointment.provider_id.in_(mine)
    if user.email_verified is None:
        return false()
    me = select(Customer.id).where(
        Customer.tenant_id == user.tenant_id, Customer.email_key == user.email_key
    )
    return Appointment.customer_id.in_(me)
