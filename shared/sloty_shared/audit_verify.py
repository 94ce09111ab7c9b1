"""Verifying the audit's chains from outside the services: what was changed, deleted, moved or added.

Sealing finds nothing of this: whoever can write every table, and knows how, can also make all the
seals anew, and cut off a chain's end with its events. Both show only beside a head that was kept
elsewhere, so each verdict carries the head to keep.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, create_engine, exists, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sloty_shared.audit_chain import ERASED, FIRST_LINK, details_hash, link, sealable_events
from sloty_shared.models import AuditEvent, AuditSeal, AuditUnsealed, Tenant

# Of one chain that many are named; the rest are counted.
MOST_NAMED = 20
_ROWS_AT_ONCE = 1000
_WRITTEN_HEAD = re.compile(r"([0-9]+):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a chain, or any earlier one: what is kept elsewhere proves all before it."""

    position: int
    hash: bytes

    @classmethod
    def parse(cls, written: str) -> "Head":
        """From `POSITION:HASH`, the hash in hexadecimal. Raises ValueError."""
        found = _WRITTEN_HEAD.fullmatch(written)
        if found is None:
            raise ValueError("a head is POSITION:HASH")
        return cls(int(found[1]), bytes.fromhex(found[2]))

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"


@dataclass(slots=True)
class Verdict:
    """What was found of one tenant's chain; it is intact when there are no faults.

    `waiting` events are not sealed yet, of `forgotten` ones an erasure took the details.
    """

    tenant: str
    sealed: int = 0
    waiting: int = 0
    forgotten: int = 0
    head: Head = field(default_factory=lambda: Head(0, FIRST_LINK))
    faults: list[str] = field(default_factory=list)
    unnamed_faults: int = 0

    def blame(self, fault: str) -> None:
        if len(self.faults) < MOST_NAMED:
            self.faults.append(fault)
        else:
            self.unnamed_faults += 1


class CannotVerify(Exception):
    """There is no such chain, or no database to find it in; the message is one line."""


def verify_chains(
    owner_url: str, slug: str | None = None, kept: Head | None = None
) -> Iterator[Verdict]:
    """A verdict on each tenant's chain, or on the one of `slug`, as the schema's owner sees it.

    `kept` is a head of that chain that was written down earlier. All is seen as of one moment.
    Raises CannotVerify.
    """
    engine = create_engine(owner_url, poolclass=NullPool, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            for tenant_id, name in _tenants(connection, slug):
                yield _verify(connection, tenant_id, name, kept)
    except DBAPIError as problem:
        raise CannotVerify(str(problem.orig).strip().splitlines()[0]) from problem
    finally:
        engine.dispose()


def _tenants(connection: Connection, slug: str | None) -> list[tuple[UUID, str]]:
    query = select(Tenant.id, Tenant.slug).order_by(Tenant.slug)
    if slug is not None:
        query = query.where(Tenant.slug == slug)
    found = [(row.id, row.slug) for row in connection.execute(query)]
    if not found and slug is not None:
        raise CannotVerify(f"There is no tenant {slug}")
    return found


def _verify(connection: Connection, tenant_id: UUID, slug: str, kept: Head | None) -> Verdict:
    verdict = Verdict(slug)
    _follow_chain(connection, tenant_id, verdict, kept)
    _look_beside_chain(connection, tenant_id, verdict)
    return verdict


def _follow_chain(
    connection: Connection, tenant_id: UUID, verdict: Verdict, kept: Head | None
) -> None:
    erased = _erased_entities(connection, tenant_id)
    found_kept = kept in (None, verdict.head)
    for row in _sealed_rows(connection, tenant_id):
        expected = verdict.head.position + 1
        if row.position != expected:
            verdict.blame(f"the seals from position {expected} to {row.position - 1} are missing")
        fault = _fault_of(row, verdict.head.hash, erased)
        if fault is not None:
            verdict.blame(f"event {row.event_id} at position {row.position} {fault}")
        # Each link is judged by the hash that stands before it, so that one fault is one fault.
        verdict.head = Head(row.position, row.hash)
        verdict.sealed += 1
        verdict.forgotten += row.id is not None and row.salt is None
        found_kept = found_kept or verdict.head == kept
    if not found_kept:
        verdict.blame(f"the head {kept} is not in the chain: its end was cut off or made anew")


def _sealed_rows(connection: Connection, tenant_id: UUID) -> Iterator[Any]:
    """Every seal in order, with its event's columns beside it or NULLs."""
    query = (
        sealable_events()
        .add_columns(AuditSeal.position, AuditSeal.event_id, AuditSeal.details, AuditSeal.hash)
        .select_from(AuditSeal)
        .outerjoin(
            AuditEvent,
            and_(AuditEvent.tenant_id == AuditSeal.tenant_id, AuditEvent.id == AuditSeal.event_id),
        )
        .where(AuditSeal.tenant_id == tenant_id)
        .order_by(AuditSeal.position)
    )
    yield from connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)


def _fault_of(row: Any, previous: bytes, erased: set[str]) -> str | None:
    if row.id is None:
        return "was deleted"
    if link(previous, row, row.details) != row.hash:
        return "was changed or moved"
    if row.salt is not None:
        return None if details_hash(row) == row.details else "was changed in its details"
    if (row.before, row.after, row.address) != (None, None, None):
        return "was given other details"
    return None if str(row.entity_id) in erased else "lost its details without an erasure"


def _erased_entities(connection: Connection, tenant_id: UUID) -> set[str]:
    """What the tenant's erasures say that they concerned."""
    told = connection.scalars(
        select(AuditEvent.after["erased"]).where(
            AuditEvent.tenant_id == tenant_id, AuditEvent.action == ERASED
        )
    )
    return {entity_id for entity_ids in told for entity_id in entity_ids or ()}


def _look_beside_chain(connection: Connection, tenant_id: UUID, verdict: Verdict) -> None:
    is_sealed = exists().where(AuditSeal.event_id == AuditEvent.id)
    waits = exists().where(
        AuditUnsealed.tenant_id == tenant_id, AuditUnsealed.event_id == AuditEvent.id
    )
    smuggled = select(AuditEvent.id).where(AuditEvent.tenant_id == tenant_id, ~is_sealed, ~waits)
    for event_id in connection.scalars(smuggled.order_by(AuditEvent.id)):
        verdict.blame(f"event {event_id} is neither sealed nor waiting for it")
    is_there = exists().where(
        AuditEvent.tenant_id == tenant_id, AuditEvent.id == AuditUnsealed.event_id
    )
    lost = select(AuditUnsealed.event_id).where(AuditUnsealed.tenant_id == tenant_id, ~is_there)
    for event_id in connection.scalars(lost.order_by(AuditUnsealed.event_id)):
        verdict.blame(f"event {event_id} was deleted before it was sealed")
    verdict.waiting = connection.execute(
        select(func.count()).select_from(AuditUnsealed).where(AuditUnsealed.tenant_id == tenant_id)
    ).scalar_one()
