"""The audit's hash chain: what is hashed of an event, and how each link holds the one before it.

For every event, with all texts in UTF-8 and || joining bytes:

    details = sha256(salt || json([before, after, address]))
    hash    = sha256(hash of the seal before || json([tenantId, id, occurredAt, actorType, actorId,
              actingRole, action, entityType, entityId, requestId, details]))

`json` is JSON without spaces or escapes of other than ASCII's own; `before` and `after` are the
texts that PostgreSQL shows of their JSONB; ids are written in their canonical form, `details` in
hexadecimal, `occurredAt` as 2026-11-23T09:00:00.000000+00:00; what is NULL is null. The salt is its
sixteen bytes, and none once the details were forgotten. Before the first seal come 32 zero bytes.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, Text, cast, select

from sloty_shared.models import AuditEvent

FIRST_LINK = bytes(32)
ERASED = "customer.erased"


class SealableEvent(Protocol):
    """An event as `sealable_events` reads it: JSONB as text, so that no reader rounds a number."""

    tenant_id: UUID
    id: UUID
    occurred_at: datetime
    actor_type: str
    actor_id: UUID | None
    acting_role: str | None
    action: str
    entity_type: str
    entity_id: UUID | None
    before: str | None
    after: str | None
    request_id: str | None
    address: str | None
    salt: UUID | None


def sealable_events() -> Select[*tuple[Any, ...]]:
    """A query of events, to be narrowed, whose rows are SealableEvents."""
    return select(
        AuditEvent.tenant_id,
        AuditEvent.id,
        AuditEvent.occurred_at,
        AuditEvent.actor_type,
        AuditEvent.actor_id,
        AuditEvent.acting_role,
        AuditEvent.action,
        AuditEvent.entity_type,
        AuditEvent.entity_id,
        cast(AuditEvent.before, Text).label("before"),
        cast(AuditEvent.after, Text).label("after"),
        AuditEvent.request_id,
        AuditEvent.address,
        AuditEvent.salt,
    )


def details_hash(event: SealableEvent) -> bytes:
    """The hash of what an erasure may forget. Without its salt nobody can guess it back."""
    salt = event.salt.bytes if event.salt else b""
    return hashlib.sha256(salt + _json([event.before, event.after, event.address])).digest()


def link(previous: bytes, event: SealableEvent, details: bytes) -> bytes:
    """The hash of the seal that follows the one with the hash `previous`."""
    told = [
        _text(event.tenant_id),
        _text(event.id),
        event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
        _text(event.actor_type),
        _text(event.actor_id),
        event.acting_role,
        event.action,
        event.entity_type,
        _text(event.entity_id),
        event.request_id,
        details.hex(),
    ]
    return hashlib.sha256(previous + _json(told)).digest()


def _text(value: UUID | str | None) -> str | None:
    return None if value is None else str(value)


def _json(values: list[str | None]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
