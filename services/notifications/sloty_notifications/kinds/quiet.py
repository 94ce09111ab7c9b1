"""Quiet hours: when a tenant wants nobody to be reminded, on the clock of whoever would be."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sloty_notifications.queries import Case

END_OF_DAY = "24:00"
UNKNOWN_ZONE = "UTC"


def quiet_until(case: Case, now: datetime) -> datetime | None:
    """When the quiet hours end that hold at `now` for the recipient; None when none do."""
    hours = case.tenant.settings.get("quietHours")
    if not hours:
        return None
    zone = ZoneInfo(_zone(case))
    local = now.astimezone(zone)
    begins, ends = _clock(hours["start"]), _clock(hours["end"])
    clock = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    over_midnight = ends <= begins
    if over_midnight and clock >= begins:
        ends += timedelta(days=1)
    elif not (over_midnight or begins <= clock) or clock >= ends:
        return None
    day = datetime.combine(local.date() + timedelta(days=ends.days), time())
    return (day + (ends - timedelta(days=ends.days))).replace(tzinfo=zone)


def _zone(case: Case) -> str:
    """The customer's own zone where they told it, else the appointment's."""
    own = case.appointment.customer.timezone
    return case.appointment.timezone if own == UNKNOWN_ZONE else own


def _clock(wall_time: str) -> timedelta:
    hours, minutes = wall_time.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
