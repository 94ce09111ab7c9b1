"""Audit: who did what to which record, append-only, sealed into each tenant's hash chain."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, PrimaryKeyConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import (
    Base,
    Identified,
    TenantOwned,
    addressable,
    one_of,
    same_tenant,
)


class ActorType(StrEnum):
    USER = "USER"
    API_KEY = "API_KEY"
    PUBLIC = "PUBLIC"
    SYSTEM = "SYSTEM"


class AuditEvent(Identified, TenantOwned, Base):
    """One write, in the transaction that made it. The services' role cannot change or delete it.

    Its details (`before`, `after`, `address`) may hold what a person can have erased. They are
    sealed as a salted hash, so that an erasure can forget them with the salt and leave the chain
    whole: `salt` is NULL from then on.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        addressable(),
        Index("idx_audit_events_entity_id", "entity_id"),
        # The orders in which events are listed.
        Index("idx_audit_events_tenant_id_occurred_at_id", "tenant_id", "occurred_at", "id"),
        Index("idx_audit_events_actor_id_occurred_at_id", "actor_id", "occurred_at", "id"),
        Index("idx_audit_events_request_id", "request_id"),
    )

    occurred_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_type: Mapped[ActorType] = mapped_column(one_of(ActorType))
    actor_id: Mapped[UUID | None]
    acting_role: Mapped[str | None]
    action: Mapped[str]
    entity_type: Mapped[str]
    entity_id: Mapped[UUID | None]
    before: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    salt: Mapped[UUID | None] = mapped_column(server_default=text("gen_random_uuid()"))


class AuditUnsealed(TenantOwned, Base):
    """An event that waits for its seal: a trigger adds the entry, and sealing removes it.

    No reference leads to the event: the entry outlives it, so that its deletion is found.
    """

    __tablename__ = "audit_unsealed"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "event_id"),)

    event_id: Mapped[UUID]


class AuditSeal(TenantOwned, Base):
    """An event's place in its tenant's chain: the hash covers the event and the seal before it.

    `details` is the salted hash of the event's details, `hash` the link: see `audit_chain`.
    """

    __tablename__ = "audit_seals"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "position"),
        same_tenant("event_id", "audit_events"),
        Index("uq_audit_seals_event_id", "event_id", unique=True),
    )

    position: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID]
    details: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime] = mapped_column(server_default=func.now())
