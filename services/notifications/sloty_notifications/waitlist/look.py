"""Looking at an entry whose time has come: its offer lapses, its dates are over, or open further."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, DateTime, delete, exists, insert, literal, or_, select
from sqlalchemy.orm import Session

from sloty_notifications.waitlist.line import reach
from sloty_shared import audit
from sloty_shared.models import (
    ActorType,
    FreedTime,
    HeldTime,
    Location,
    OfferStatus,
    Provider,
    ProviderService,
    Service,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistStatus,
)

SYSTEM = audit.Actor(ActorType.SYSTEM)
# However the clocks of a zone are set, an entry is not looked at more often.
SHORTEST_PAUSE = timedelta(minutes=15)
_DAY = timedelta(days=1)


def look_at(session: Session, entry: WaitlistEntry, *, now: datetime) -> None:
    """Do what is due with an entry that is locked."""
    before = audit.snapshot(entry)
    if entry.status is WaitlistStatus.OFFERED:
        _let_lapse(session, entry, now)
    elif now >= entry.over_at:
        entry.expire()
    else:
        _look_for_times(session, entry, now)
        return
    session.flush()
    is_over = entry.status is WaitlistStatus.EXPIRED
    action = "waitlist.expired" if is_over else "waitlist.lapsed"
    audit.record(session, SYSTEM, action, entry, before=before)


def _let_lapse(session: Session, entry: WaitlistEntry, now: datetime) -> None:
    offer = session.scalars(
        select(WaitlistOffer).where(
            WaitlistOffer.entry_id == entry.id, WaitlistOffer.status == OfferStatus.OPEN
        )
    ).one()
    offer.settle(OfferStatus.LAPSED)
    session.execute(
        delete(HeldTime).where(HeldTime.id == offer.id, HeldTime.appointment_id.is_(None))
    )
    entry.let_lapse(now)


def _look_for_times(session: Session, entry: WaitlistEntry, now: datetime) -> None:
    """All that the entry wishes for may be free: that is looked at as if it had just come so."""
    first, last = (
        literal(datetime.combine(day, time(), UTC), DateTime(timezone=True))
        for day in (entry.from_date - _DAY, entry.to_date + 2 * _DAY)
    )
    calendars = select(
        Provider.tenant_id, Provider.id, first, last, literal(now, DateTime(timezone=True))
    ).where(*_could_give(entry))
    columns = ["tenant_id", "provider_id", "freed_from", "freed_until", "look_at"]
    session.execute(insert(FreedTime).from_select(columns, calendars))
    entry.look_at = _next_look(session, entry, now)


def _next_look(session: Session, entry: WaitlistEntry, now: datetime) -> datetime:
    """When one more of its dates can be booked somewhere, or all are over."""
    service = session.scalars(select(Service).where(Service.id == entry.service_id)).one()
    zones = session.scalars(
        select(Location.timezone)
        .distinct()
        .join(Provider, Provider.location_id == Location.id)
        .where(*_could_give(entry))
    )
    ahead = reach(service)
    moments = [entry.over_at]
    for zone in map(ZoneInfo, zones):
        opens_next = max(entry.from_date, now.astimezone(zone).date() + ahead + _DAY)
        if opens_next <= entry.to_date:
            moments.append(datetime.combine(opens_next - ahead, time(), zone).astimezone(UTC))
    return max(min(moments), now + SHORTEST_PAUSE)


def _could_give(entry: WaitlistEntry) -> list[ColumnElement[bool]]:
    """Providers whose times the entry wishes for."""
    limits = exists().where(ProviderService.provider_id == Provider.id)
    gives = or_(limits.where(ProviderService.service_id == entry.service_id), ~limits)
    found = [Provider.tenant_id == entry.tenant_id, Provider.is_active.is_(True), gives]
    if entry.provider_id is not None:
        found.append(Provider.id == entry.provider_id)
    if entry.location_id is not None:
        found.append(Provider.location_id == entry.location_id)
    return found
