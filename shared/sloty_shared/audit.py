"""Writing the audit: one event for each change, in the change's own transaction."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import bindparam, insert, inspect, text
from sqlalchemy.orm import Session

from sloty_shared.hot_statements import HotStatement
from sloty_shared.models import ActorType, AuditEvent, Base

# Proofs and secrets never enter the audit, nor what the database derives from other columns.
LEFT_OUT = frozenset(
    {
        "password",
        "session_token_hash",
        "token_hash",
        "key_hash",
        "request_hash",
        "response",
        "secret",
        "access_token",
        "refresh_token",
        "id_token",
        "session_state",
        "hash",
        "salt",
        "email_key",
        "held",
    }
)

# What an event is made of; the database adds its id, its moment and its salt.
EVENT_COLUMNS = (
    "tenant_id",
    "actor_type",
    "actor_id",
    "acting_role",
    "action",
    "entity_type",
    "entity_id",
    "before",
    "after",
    "request_id",
    "address",
)
_INSERT = HotStatement(
    insert(AuditEvent).values({name: bindparam(name) for name in EVENT_COLUMNS}).inline()
)
_FORGET = text("SELECT DISTINCT entity_id FROM forget_audit_details(:entity_ids)")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and in which request."""

    type: ActorType
    id: UUID | None = None
    role: str | None = None
    request_id: str | None = None
    address: str | None = None


def record(
    session: Session,
    actor: Actor,
    action: str,
    row: Base,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add the event `action` (`location.created`) on `row`, which must have been flushed.

    `after` is the row as it is now unless given, `before` comes from an earlier `snapshot`.
    """
    _INSERT.run(session, event_values(actor, action, row, before=before, after=after))


def event_values(
    actor: Actor,
    action: str,
    row: Base,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The values of EVENT_COLUMNS, for whoever writes an event along with its row."""
    values: Any = row
    details = snapshot(row) if after is None else after
    return {
        "tenant_id": values.id if row.__tablename__ == "tenants" else values.tenant_id,
        "actor_type": actor.type.value,
        "actor_id": actor.id,
        "acting_role": actor.role,
        "action": action,
        "entity_type": type(row).__name__,
        "entity_id": values.id,
        "before": None if before is None else json.dumps(before),
        "after": json.dumps(details),
        "request_id": actor.request_id,
        "address": actor.address,
    }


def snapshot(row: Base) -> dict[str, Any]:
    """The row's columns by name as JSON, without secrets."""
    values = {name: getattr(row, attribute) for name, attribute in _snapshot_of(type(row))}
    return cast("dict[str, Any]", to_jsonable_python(values))


@cache
def _snapshot_of(model: type[Base]) -> list[tuple[str, str]]:
    """Columns with the attributes that hold them."""
    return [
        (attribute.columns[0].name, attribute.key)
        for attribute in inspect(model).column_attrs
        if attribute.key not in LEFT_OUT
    ]


def forget(session: Session, entity_ids: Collection[UUID]) -> list[UUID]:
    """Take what their events said from the audit of the present tenant: details, and nothing else.

    The ids whose events had details. The caller records an event `customer.erased` that names them
    as `erased`, or `./sloty audit verify` takes the loss for tampering.
    """
    session.flush()
    return list(session.scalars(_FORGET, {"entity_ids": list(entity_ids)}))
