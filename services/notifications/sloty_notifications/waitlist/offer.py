"""Offering: where times may have come free, the first in line is offered one, with a hold.

One transaction makes the hold, the offer and the message that is owed, or none of them. What may
have come free stays written down until nobody is left who could be offered something of it.
"""

import random
import time
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, delete, exists, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from sloty_notifications.waitlist.line import Match, first_in_line
from sloty_notifications.waitlist.look import SYSTEM, look_at
from sloty_shared import audit
from sloty_shared.database import Database
from sloty_shared.holding import WantedTime, hold_time
from sloty_shared.models import (
    Channel,
    Customer,
    FreedTime,
    Notification,
    NotificationKind,
    Tenant,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistStatus,
)

BATCH = 500
DEFAULT_OFFER_MINUTES = 30
# One scan offers no longer than this; the next goes on where it stopped.
LONGEST_SECONDS = 4.0
# Before a tenant who can take no bookings now, or whose line cannot be read, is looked at again.
PAUSE = timedelta(hours=1)

_DUE_TENANTS = text("SELECT tenant_id FROM due_waitlists(:now, :batch)")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")

log = structlog.get_logger()


class _Step(Enum):
    DONE = auto()
    WENT_ON = auto()
    OFFERED = auto()


def offer_times(database: Database, *, now: datetime) -> int:
    """Make every offer that is due at `now`; how many. Scans at once take different tenants."""
    stop_at = time.monotonic() + LONGEST_SECONDS
    with database.transaction() as session:
        tenants = list(session.scalars(_DUE_TENANTS, {"now": now, "batch": BATCH}))
    # Else the last ones would wait whenever time runs out.
    random.shuffle(tenants)
    return sum(_serve(database, tenant_id, now, stop_at) for tenant_id in tenants)


def _serve(database: Database, tenant_id: UUID, now: datetime, stop_at: float) -> int:
    offered = 0
    while time.monotonic() < stop_at:
        try:
            with database.transaction(tenant_id) as session:
                step = _take_step(session, tenant_id, now)
        except (OperationalError, PoolTimeoutError):
            raise
        except Exception as problem:  # noqa: BLE001 - One tenant's trouble must not be the others'.
            # The text of the error names people.
            log.error("waitlist_put_off", tenant_id=str(tenant_id), problem=type(problem).__name__)  # noqa: TRY400
            with database.transaction(tenant_id) as session:
                _put_off(session, tenant_id, now)
            break
        offered += step is _Step.OFFERED
        if step is _Step.DONE:
            break
    return offered


def _take_step(session: Session, tenant_id: UUID, now: datetime) -> _Step:
    """One change of one tenant's line, in the order of joining, so by one worker at a time."""
    if not session.scalar(_TRY_LOCK, {"name": f"waitlist {tenant_id}"}):
        return _Step.DONE
    tenant = session.scalars(select(Tenant).where(Tenant.id == tenant_id)).one()
    if not (tenant.may_log_in and tenant.may_create(now)):
        _put_off(session, tenant_id, now)
        return _Step.DONE
    # First whose offers have lapsed, so that they stand in the line again.
    due = _due_entries(session, tenant_id, now)
    for entry in due:
        look_at(session, entry, now=now)
    return _Step.WENT_ON if due else _look_at_freed_times(session, tenant, now)


def _look_at_freed_times(session: Session, tenant: Tenant, now: datetime) -> _Step:
    freed = _freed_of_one_provider(session, tenant.id, now)
    if not freed:
        return _Step.DONE
    if not _somebody_waits(session, tenant.id):
        # Whoever joins or stands in the line again is looked at with all that is free by then.
        session.execute(delete(FreedTime).where(*_due(tenant.id, now)))
        return _Step.DONE
    match = first_in_line(session, tenant, freed, now=now)
    if match is not None:
        return _offer(session, tenant, match, now)
    session.execute(delete(FreedTime).where(FreedTime.id.in_([each.id for each in freed])))
    return _Step.WENT_ON


def _due_entries(session: Session, tenant_id: UUID, now: datetime) -> list[WaitlistEntry]:
    """An entry that somebody is just changing is left for the next scan."""
    query = (
        select(WaitlistEntry)
        .where(WaitlistEntry.tenant_id == tenant_id, WaitlistEntry.look_at <= now)
        .order_by(WaitlistEntry.look_at)
        .limit(BATCH)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return list(session.scalars(query))


def _freed_of_one_provider(session: Session, tenant_id: UUID, now: datetime) -> list[FreedTime]:
    """Read before the calendar is, so that what is freed meanwhile is not taken for looked at."""
    due = _due(tenant_id, now)
    first = select(FreedTime.provider_id).where(*due).order_by(FreedTime.look_at).limit(1)
    query = select(FreedTime).where(*due, FreedTime.provider_id == first.scalar_subquery())
    return list(session.scalars(query.limit(BATCH)))


def _due(tenant_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return FreedTime.tenant_id == tenant_id, FreedTime.look_at <= now


def _somebody_waits(session: Session, tenant_id: UUID) -> bool:
    waiting = (
        WaitlistEntry.tenant_id == tenant_id,
        WaitlistEntry.status == WaitlistStatus.WAITING,
    )
    return bool(session.scalar(select(exists().where(*waiting))))


def _offer(session: Session, tenant: Tenant, match: Match, now: datetime) -> _Step:
    """Not offered where entry or time are just being taken: the next scan looks again."""
    entry = session.scalar(
        select(WaitlistEntry)
        .where(WaitlistEntry.id == match.entry_id, WaitlistEntry.status == WaitlistStatus.WAITING)
        .with_for_update(key_share=True, skip_locked=True)
    )
    if entry is None:
        return _Step.DONE
    minutes = tenant.settings.get("waitlistOfferMinutes") or DEFAULT_OFFER_MINUTES
    expires_at = min(now + timedelta(minutes=minutes), match.start)
    wanted = WantedTime(
        tenant_id=tenant.id,
        provider_id=match.bookable.provider_id,
        service_id=match.service.id,
        start=match.start,
        held_until=match.held_until,
        capacity=match.terms.capacity,
    )
    held = hold_time(session, wanted, end=match.end, expires_at=expires_at, now=now)
    if held is None:
        return _Step.DONE
    before = audit.snapshot(entry)
    entry.be_offered(expires_at)
    offer = WaitlistOffer(
        id=held.id,
        tenant_id=tenant.id,
        entry_id=entry.id,
        provider_id=match.bookable.provider_id,
        location_id=match.bookable.location_id,
        start_time=match.start,
        end_time=match.end,
        timezone=match.bookable.calendar.zone,
        expires_at=expires_at,
    )
    session.add(offer)
    session.flush()
    audit.record(session, SYSTEM, "waitlist.offered", entry, before=before)
    _owe_message(session, entry, offer, now)
    return _Step.OFFERED


def _owe_message(
    session: Session, entry: WaitlistEntry, offer: WaitlistOffer, now: datetime
) -> None:
    address = select(Customer.email).where(Customer.id == entry.customer_id)
    session.add(
        Notification(
            tenant_id=entry.tenant_id,
            kind=NotificationKind.WAITLIST_OFFER,
            channel=Channel.EMAIL,
            recipient=session.scalars(address).one(),
            waitlist_offer_id=offer.id,
            start_time=offer.start_time,
            due_at=now,
            next_attempt_at=now,
        )
    )


def _put_off(session: Session, tenant_id: UUID, now: datetime) -> None:
    for table in (FreedTime, WaitlistEntry):
        session.execute(
            update(table)
            .where(table.tenant_id == tenant_id, table.look_at <= now)
            .values(look_at=now + PAUSE)
            .execution_options(synchronize_session=False)
        )
