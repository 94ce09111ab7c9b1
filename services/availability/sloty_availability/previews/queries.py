"""Trying changed hours on the appointments that stand."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from sloty_availability.previews.schemas import ChangedHours, Outside, Preview, Reason
from sloty_availability.schedules import queries as schedules
from sloty_availability.schedules.schemas import NewOverride
from sloty_shared.calendars import as_override, as_rule, epoch, epoch_after, load_calendar
from sloty_shared.errors import Forbidden
from sloty_shared.models import (
    REMINDABLE,
    Appointment,
    Provider,
    ProviderAvailability,
    ProviderSchedule,
)
from sloty_shared.permissions import Permission
from sloty_shared.scheduling import Calendar, Override, blocked_times, open_windows
from sloty_shared.web.work import Work

MAX_APPOINTMENTS = 1000


def preview(work: Work, provider_id: UUID, hours: ChangedHours) -> Preview:
    """Which of the next appointments that stand would fall outside. Nothing is saved.

    Raises NotFound, or Forbidden for a caller who may not read the provider's appointments.
    """
    provider = schedules.provider(work, provider_id)
    if not schedules.may(work, Permission.APPOINTMENTS_READ, provider):
        raise Forbidden("A dry run names appointments, which the caller may not read.")
    found = _appointments(work, provider)
    checked = found[:MAX_APPOINTMENTS]
    is_complete = len(found) <= MAX_APPOINTMENTS
    if not checked:
        return Preview(items=[], checked=0, is_complete=is_complete)
    present = _calendar(work, provider, checked)
    now, then = _Times.of(present, checked), _Times.of(_with(present, hours), checked)
    items = [
        _outside(appointment, fault, already_outside=now.fault(appointment) is not None)
        for appointment in checked
        if (fault := then.fault(appointment))
    ]
    return Preview(items=items, checked=len(checked), is_complete=is_complete)


@dataclass(frozen=True, slots=True)
class _Times:
    """When a calendar is open and blocked, over all the appointments looked at."""

    windows: Sequence[tuple[int, int]]
    blocks: Sequence[tuple[int, int, Override]]

    @classmethod
    def of(cls, calendar: Calendar, appointments: Sequence[Appointment]) -> "_Times":
        start = epoch(appointments[0].start_time)
        end = max(epoch_after(each.end_time) for each in appointments)
        return cls(open_windows(calendar, start, end), blocked_times(calendar, start, end))

    def fault(self, appointment: Appointment) -> tuple[Reason, Override | None] | None:
        """Why the appointment lies outside, if it does."""
        start, end = epoch(appointment.start_time), epoch_after(appointment.end_time)
        place = bisect_right(self.windows, start, key=lambda window: window[0]) - 1
        if place < 0 or self.windows[place][1] < end:
            return Reason.CLOSED, None
        for since, until, block in self.blocks:
            if since < end and start < until:
                return Reason.BLOCKED, block
        return None


def _appointments(work: Work, provider: Provider) -> list[Appointment]:
    query = (
        select(Appointment)
        .where(
            Appointment.tenant_id == work.tenant.id,
            Appointment.provider_id == provider.id,
            Appointment.start_time >= work.now,
            Appointment.status.in_(REMINDABLE),
        )
        .order_by(Appointment.start_time, Appointment.id)
        .limit(MAX_APPOINTMENTS + 1)
    )
    return list(work.session.scalars(query))


def _calendar(work: Work, provider: Provider, appointments: Sequence[Appointment]) -> Calendar:
    loaded = load_calendar(
        work.session,
        provider,
        start=appointments[0].start_time,
        end=max(each.end_time for each in appointments) + timedelta(seconds=1),
        now=work.now,
    )
    # Whether provider and location are active is not what is being tried.
    return replace(loaded.calendar, is_active=True)


def _with(calendar: Calendar, hours: ChangedHours) -> Calendar:
    changes: dict[str, Any] = {}
    if hours.week is not None:
        rules = [ProviderAvailability(**each.model_dump()) for each in hours.week]
        changes["rules"] = tuple(map(as_rule, rules))
    if hours.override is not None:
        changes["overrides"] = _overrides(calendar, hours.override)
    return replace(calendar, **changes)


def _overrides(calendar: Calendar, new: NewOverride) -> tuple[Override, ...]:
    added = as_override(ProviderSchedule(**new.model_dump()))
    time = (added.date, added.start, added.end)
    others = [each for each in calendar.overrides if (each.date, each.start, each.end) != time]
    return (*others, added)


def _outside(
    appointment: Appointment, fault: tuple[Reason, Override | None], *, already_outside: bool
) -> Outside:
    reason, block = fault
    return Outside.model_validate(
        {
            "appointment_id": appointment.id,
            "start_time": appointment.start_time,
            "end_time": appointment.end_time,
            "status": appointment.status,
            "reason": reason,
            "blocked_by": block.kind if block else None,
            "already_outside": already_outside,
        }
    )
