"""Reading appointments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, false, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.orm.interfaces import ORMOption

from sloty_shared.errors import Forbidden, NotFound
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Customer,
    Provider,
    User,
    UserRole,
)
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

Key = UUID | str
"""What an appointment is asked for by: its id, or the confirmation code, which needs no log-in."""

SORTED_BY: dict[str, InstrumentedAttribute[Any]] = {
    "startTime": Appointment.start_time,
    "bookedAt": Appointment.booked_at,
}


@dataclass(frozen=True, slots=True)
class AppointmentFilter:
    """What a list is narrowed to; `start` and `end` bound startTime, half-open."""

    provider_id: UUID | None = None
    customer_id: UUID | None = None
    service_id: UUID | None = None
    location_id: UUID | None = None
    series_id: UUID | None = None
    statuses: Collection[AppointmentStatus] = ()
    start: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {
            Appointment.provider_id: self.provider_id,
            Appointment.customer_id: self.customer_id,
            Appointment.service_id: self.service_id,
            Appointment.location_id: self.location_id,
            Appointment.series_id: self.series_id,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.statuses:
            found.append(Appointment.status.in_(self.statuses))
        if self.start is not None:
            found.append(Appointment.start_time >= self.start)
        if self.end is not None:
            found.append(Appointment.start_time < self.end)
        return found


def appointments(
    work: Work,
    wanted: AppointmentFilter,
    page: Page,
    *,
    sort: str = "startTime",
    loading: Sequence[ORMOption] = (),
) -> tuple[list[Appointment], str | None]:
    """In order of `sort`, a column's name in camelCase, backwards with a minus before it."""
    query = within_reach(work, Permission.APPOINTMENTS_READ).where(*wanted.conditions())
    return paginate(
        work.session,
        query.options(*loading),
        by=[SORTED_BY[sort.removeprefix("-")], Appointment.id],
        page=page,
        descending=sort.startswith("-"),
    )


def appointment(
    work: Work, key: Key, *, latest: bool = False, loading: Sequence[ORMOption] = ()
) -> Appointment:
    """Raises NotFound, also for one of another tenant.

    A code leads to what the appointment was moved to last; an id does so with `latest`.
    """
    query = _found_by(work, key, Permission.APPOINTMENTS_READ, latest=latest)
    return _one(work, query.options(*loading))


def appointment_to_change(
    work: Work, key: Key, *, loading: Sequence[ORMOption] = ()
) -> Appointment:
    """The same, locked until the transaction ends.

    Raises NotFound, or Forbidden for a caller who may see it and no more.
    """
    query = _found_by(work, key, Permission.APPOINTMENTS_WRITE)
    locked = query.options(*loading).with_for_update(key_share=True, of=Appointment)
    # It may have been read before the lock was there.
    found = work.session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        appointment(work, key)
        raise Forbidden("This appointment is not yours to change.")
    return found


def participants_of(work: Work, appointment: Appointment) -> list[AppointmentParticipant]:
    """All of them, in the order in which they were named."""
    query = select(AppointmentParticipant).where(
        AppointmentParticipant.tenant_id == work.tenant.id,
        AppointmentParticipant.appointment_id == appointment.id,
    )
    return list(work.session.scalars(query.order_by(AppointmentParticipant.id)))


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


def ids_within_reach(work: Work) -> Select[UUID]:
    """Of the appointments that the caller may see."""
    seen = within_reach(work, Permission.APPOINTMENTS_READ)
    return seen.with_only_columns(Appointment.id)


def own_provider_ids(work: Work) -> set[UUID]:
    """The calendars that are the caller's own: one, or none."""
    mine = select(Provider.id).where(Provider.user_id == work.caller.person.id)
    return set(work.session.scalars(mine))


def _one(work: Work, query: Select[Appointment]) -> Appointment:
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such appointment.")
    return found


def _found_by(
    work: Work, key: Key, permission: Permission, *, latest: bool = False
) -> Select[Appointment]:
    if isinstance(key, str):
        own = select(Appointment).where(Appointment.tenant_id == work.tenant.id)
        return own.where(Appointment.id == _latest(Appointment.confirmation_code == key))
    query = within_reach(work, permission)
    if latest:
        return query.where(Appointment.id == _latest(Appointment.id == key))
    return query.where(Appointment.id == key)


def _latest(first: ColumnElement[bool]) -> ScalarSelect[UUID]:
    """The end of the line of moves that begins with this appointment."""
    columns = (Appointment.tenant_id, Appointment.id, Appointment.rescheduled_to_id)
    line = select(*columns).where(first).cte("line", recursive=True)
    following = aliased(Appointment)
    line = line.union(
        select(following.tenant_id, following.id, following.rescheduled_to_id).where(
            following.tenant_id == line.c.tenant_id, following.id == line.c.rescheduled_to_id
        )
    )
    return select(line.c.id).where(line.c.rescheduled_to_id.is_(None)).scalar_subquery()


def within_reach(work: Work, permission: Permission) -> Select[Appointment]:
    """The tenant's appointments, or those of the caller where the permission goes no further."""
    query = select(Appointment).where(Appointment.tenant_id == work.tenant.id)
    if work.caller.reach(permission) is Reach.ALL:
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
