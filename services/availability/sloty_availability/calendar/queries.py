"""Reading a provider's calendar."""

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from sloty_availability.calendar.schemas import BlockedTime, BookedTime, CalendarView, OpenTime
from sloty_availability.schedules import queries as schedules
from sloty_availability.slots.period import period
from sloty_shared.calendar_lists import LONGEST_HOLD
from sloty_shared.calendars import epoch_after, load_calendar
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentStatus,
    HeldTime,
    Location,
    Provider,
    ProviderSchedule,
)
from sloty_shared.permissions import Permission
from sloty_shared.scheduling import Calendar, blocked_times, open_windows
from sloty_shared.web.work import Work

# Appointments that took their time, whatever has become of them since.
SHOWN = HOLDING | {AppointmentStatus.COMPLETED, AppointmentStatus.NO_SHOW}


def calendar(
    work: Work,
    provider_id: UUID,
    first: datetime | date,
    last: datetime | date,
    timezone: str | None,
) -> CalendarView:
    """Raises NotFound or Forbidden, and Invalid for a period as that of slots."""
    provider = schedules.provider(work, provider_id)
    zone_name = timezone or zone_of(work, provider)
    start, end = period(first, last, zone_name)
    found = load_calendar(work.session, provider, start=start, end=end, now=work.now)
    zone = ZoneInfo(zone_name)
    return CalendarView(
        provider_id=provider.id,
        timezone=zone_name,
        open=_open(found.calendar, start, end, zone),
        blocked=_blocked(work, provider, found.calendar, start, end, zone),
        booked=_booked(work, provider, start, end, zone),
    )


def zone_of(work: Work, provider: Provider) -> str:
    """The zone that the provider's wall-clock times are read in."""
    return work.session.scalars(
        select(Location.timezone).where(
            Location.tenant_id == work.tenant.id, Location.id == provider.location_id
        )
    ).one()


def _open(calendar: Calendar, start: datetime, end: datetime, zone: ZoneInfo) -> list[OpenTime]:
    return [
        OpenTime(
            start_time=datetime.fromtimestamp(opens, zone),
            end_time=datetime.fromtimestamp(closes, zone),
        )
        for opens, closes in open_windows(calendar, epoch_after(start), epoch_after(end))
    ]


def _blocked(
    work: Work,
    provider: Provider,
    calendar: Calendar,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[BlockedTime]:
    blocks = blocked_times(calendar, epoch_after(start), epoch_after(end))
    rows = {
        str(row.id): row
        for row in work.session.scalars(
            select(ProviderSchedule).where(
                ProviderSchedule.tenant_id == work.tenant.id,
                ProviderSchedule.provider_id == provider.id,
                ProviderSchedule.id.in_({block.id for _, _, block in blocks}),
            )
        )
    }
    return [
        BlockedTime(
            start_time=datetime.fromtimestamp(since, zone),
            end_time=datetime.fromtimestamp(until, zone),
            override_id=row.id,
            type=row.type,
            reason=row.reason,
        )
        for since, until, block in blocks
        if (row := rows.get(str(block.id)))
    ]


def _booked(
    work: Work, provider: Provider, start: datetime, end: datetime, zone: ZoneInfo
) -> list[BookedTime]:
    taken = [
        *_appointments(work, provider, start, end, zone),
        *_holds(work, provider, start, end, zone),
    ]
    if not schedules.may(work, Permission.APPOINTMENTS_READ, provider):
        hidden = {"appointment_id": None, "status": None, "service_id": None}
        taken = [each.model_copy(update=hidden) for each in taken]
    return sorted(taken, key=lambda each: each.start_time)


def _appointments(
    work: Work, provider: Provider, start: datetime, end: datetime, zone: ZoneInfo
) -> list[BookedTime]:
    rows = work.session.scalars(
        select(Appointment).where(
            Appointment.tenant_id == work.tenant.id,
            Appointment.provider_id == provider.id,
            Appointment.start_time < end,
            Appointment.start_time > start - LONGEST_HOLD,
            Appointment.held_until > start,
            Appointment.status.in_(SHOWN),
        )
    )
    return [
        BookedTime(
            start_time=row.start_time.astimezone(zone),
            end_time=row.end_time.astimezone(zone),
            held_until=row.held_until.astimezone(zone),
            appointment_id=row.id,
            status=row.status,
            service_id=row.service_id,
        )
        for row in rows
    ]


def _holds(
    work: Work, provider: Provider, start: datetime, end: datetime, zone: ZoneInfo
) -> list[BookedTime]:
    """Times that somebody is booking just now; what is held is all that is known of them."""
    rows = work.session.scalars(
        select(HeldTime).where(
            HeldTime.tenant_id == work.tenant.id,
            HeldTime.provider_id == provider.id,
            HeldTime.held_from < end,
            HeldTime.held_from > start - LONGEST_HOLD,
            HeldTime.held_until > start,
            HeldTime.expires_at > work.now,
        )
    )
    return [
        BookedTime(
            start_time=row.held_from.astimezone(zone),
            end_time=row.held_until.astimezone(zone),
            held_until=row.held_until.astimezone(zone),
            appointment_id=None,
            status=None,
            service_id=row.service_id,
        )
        for row in rows
    ]
