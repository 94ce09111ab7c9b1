"""Sealing: the audit events of each tenant get their places in its hash chain.

An event waits from its own transaction on, so whichever commits late is only sealed later.
"""

import random
import time
from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from sloty_shared.audit_chain import FIRST_LINK, details_hash, link, sealable_events
from sloty_shared.database import Database
from sloty_shared.models import AuditEvent, AuditSeal, AuditUnsealed

SEAL_TASK = "notifications.seal_audit"
BATCH = 1000
# One run seals no longer than this; the next goes on where it stopped.
LONGEST_SECONDS = 8.0

_UNSEALED_TENANTS = text("SELECT tenant_id FROM unsealed_tenants()")
_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")

log = structlog.get_logger()


def seal_audit(database: Database) -> int:
    """Seal what waits; the number of events done. Runs at once take different tenants."""
    stop_at = time.monotonic() + LONGEST_SECONDS
    with database.transaction() as session:
        tenants = list(session.scalars(_UNSEALED_TENANTS))
    # Else the last ones would wait whenever time runs out.
    random.shuffle(tenants)
    return sum(_seal_tenant(database, tenant_id, stop_at) for tenant_id in tenants)


def _seal_tenant(database: Database, tenant_id: UUID, stop_at: float) -> int:
    sealed = 0
    while time.monotonic() < stop_at:
        try:
            with database.transaction(tenant_id) as session:
                done = _seal_batch(session, tenant_id)
        except (DataError, IntegrityError) as problem:
            # One tenant's chain must not keep the others from theirs.
            log.error("tenant_not_sealed", tenant_id=str(tenant_id), problem=type(problem).__name__)  # noqa: TRY400 - The text of the error names people.
            break
        sealed += done
        if done < BATCH:
            break
    return sealed


def _seal_batch(session: Session, tenant_id: UUID) -> int:
    """Seal the oldest that wait; none where another worker is at it."""
    if not session.scalar(_TRY_LOCK, {"name": f"audit chain {tenant_id}"}):
        return 0
    waiting = _take(session, tenant_id)
    if waiting:
        _append(session, tenant_id, waiting)
    return len(waiting)


def _take(session: Session, tenant_id: UUID) -> Sequence[UUID]:
    """Remove the oldest entries. One whose event was deleted stays, to be found by who verifies."""
    oldest = (
        select(AuditUnsealed.event_id)
        .join(AuditEvent, AuditEvent.id == AuditUnsealed.event_id)
        .where(AuditUnsealed.tenant_id == tenant_id, AuditEvent.tenant_id == tenant_id)
        .order_by(AuditUnsealed.event_id)
        .limit(BATCH)
    )
    return session.scalars(
        delete(AuditUnsealed)
        .where(AuditUnsealed.tenant_id == tenant_id, AuditUnsealed.event_id.in_(oldest))
        .returning(AuditUnsealed.event_id)
    ).all()


def _append(session: Session, tenant_id: UUID, event_ids: Sequence[UUID]) -> None:
    head = session.execute(
        select(AuditSeal.position, AuditSeal.hash)
        .where(AuditSeal.tenant_id == tenant_id)
        .order_by(AuditSeal.position.desc())
        .limit(1)
    ).first()
    position, previous = head or (0, FIRST_LINK)
    is_sealed = exists().where(AuditSeal.event_id == AuditEvent.id)
    seals = []
    for event in session.execute(
        sealable_events()
        .where(AuditEvent.tenant_id == tenant_id, AuditEvent.id.in_(event_ids), ~is_sealed)
        .order_by(AuditEvent.id)
    ):
        position += 1
        details = details_hash(event)
        previous = link(previous, event, details)
        seals.append(
            {
                "tenant_id": tenant_id,
                "position": position,
                "event_id": event.id,
                "details": details,
                "hash": previous,
            }
        )
    if seals:
        session.execute(insert(AuditSeal), seals)
