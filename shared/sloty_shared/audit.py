"""Writing the audit: one event for each change, in the change's own transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from sloty_shared.models import ActorType, AuditEvent, Base

# Proofs and secrets never enter the audit, nor what the database derives from other columns.
_LEFT_OUT = frozenset(
    {
        "password",
        "session_token_hash",
        "token_hash",
        "key_hash",
        "secret",
        "access_token",
        "refresh_token",
        "id_token",
        "email_key",
    }
)


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
    values: Any = row
    session.add(
        AuditEvent(
            tenant_id=values.id if row.__tablename__ == "tenants" else values.tenant_id,
            actor_type=actor.type,
            actor_id=actor.id,
            acting_role=actor.role,
            action=action,
            entity_type=type(row).__name__,
            entity_id=values.id,
            before=before,
            after=snapshot(row) if after is None else after,
            request_id=actor.request_id,
            address=actor.address,
        )
    )


def snapshot(row: Base) -> dict[str, Any]:
    """The row's columns as JSON, without secrets."""
    columns = inspect(type(row)).column_attrs
    return {
        column.key: to_jsonable_python(getattr(row, column.key))
        for column in columns
        if column.key not in _LEFT_OUT
    }
