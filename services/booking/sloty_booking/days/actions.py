"""Cancelling what stands on a provider's day."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from sloty_booking.appointments.cancel_many import Cancelled, cancel_many, lock_many
from sloty_booking.appointments.queries import own_provider_ids
from sloty_booking.appointments.who_acts import refuse_customer
from sloty_booking.catalog import queries as catalog
from sloty_booking.staff import queries as staff
from sloty_shared.errors import Forbidden
from sloty_shared.holding import lock_calendars
from sloty_shared.models import HOLDING, Appointment
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.work import Work

# No zone is further than this from UTC, and no clock is ever set back by as much.
_MARGIN = timedelta(days=2)


def cancel_day(
    work: Work, provider_id: UUID, day: date, reason: str | None
) -> tuple[str, list[Cancelled]]:
    """The zone in which the date is read, and what became of each that stood on it.

    Raises NotFound, or Forbidden for a customer and for another's calendar.
    """
    refuse_customer(work)
    provider = staff.provider(work, provider_id)
    everywhere = work.caller.reach(Permission.APPOINTMENTS_WRITE) is Reach.ALL
    if not everywhere and provider.id not in own_provider_ids(work):
        raise Forbidden("This calendar is not yours.")
    zone = catalog.location(work, provider.location_id).timezone
    lock_calendars(work.session, work.tenant.id, [provider.id])
    around = datetime.combine(day, time(), UTC)
    near = select(Appointment).where(
        Appointment.tenant_id == work.tenant.id,
        Appointment.provider_id == provider.id,
        Appointment.start_time >= around - _MARGIN,
        Appointment.start_time < around + _MARGIN,
        Appointment.status.in_(HOLDING),
    )
    clock = ZoneInfo(zone)
    standing = [
        each for each in lock_many(work, near) if each.start_time.astimezone(clock).date() == day
    ]
    return zone, cancel_many(work, standing, reason)
