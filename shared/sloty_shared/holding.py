"""Taking a provider's time, for an appointment or a hold; the database decides who gets it.

Nobody deadlocks: a conflict is asked about and not raised, and whoever needs more than one thing
takes them in one order.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    case,
    delete,
    exists,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import TypeEngine

from sloty_shared.hot_statements import Asker
from sloty_shared.ids import new_id
from sloty_shared.models import NO_DOUBLE_BOOKING, GroupSession, HeldTime, Provider

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WantedTime:
    """A time of one provider for one service, its buffer included.

    With a `capacity` over 1 it is a place in a session, which others share.
    """

    tenant_id: UUID
    provider_id: UUID
    service_id: UUID
    start: datetime
    held_until: datetime
    capacity: int = 1

    @property
    def is_shared(self) -> bool:
        return self.capacity > 1


def hold_time(
    session: Session,
    wanted: WantedTime,
    *,
    end: datetime,
    expires_at: datetime,
    now: datetime,
    holder: str | None = None,
) -> HeldTime | None:
    """Keep the time until `expires_at`, or give None where it is taken.

    `end` is when it ends without the buffer. With no `holder` it is for whoever knows its id.
    """
    if wanted.is_shared:
        lock_calendars(session, wanted.tenant_id, {wanted.provider_id})
    owner = {"id": new_id(), "end_time": end, "expires_at": expires_at, "holder": holder}
    taking = (taking_place if wanted.is_shared else taking_alone)(wanted, owner)
    return take_or_clear(
        session, wanted, lambda: session.scalar(taking.returning(HeldTime)), now=now
    )


def take_or_clear(
    asker: Asker, wanted: WantedTime, attempt: Callable[[], T | None], *, now: datetime
) -> T | None:
    """What the attempt takes; where it takes nothing, once more without expired holds in the way.

    If that takes nothing either, the holds are let go: whoever goes on to ask another provider would
    make those wait who come from there, and in the end for each other.
    """
    taken = attempt()
    if taken is None:
        with asker.begin_nested() as clearing:
            if _clear_expired_holds(asker, wanted, now):
                taken = attempt()
            if taken is None:
                clearing.rollback()
    return taken


def taking_alone(wanted: WantedTime, owner: dict[str, Any]) -> Insert:
    """The INSERT of the held time, which does nothing where the time is taken.

    `owner` has the columns of an appointment, which follows in the same statement, or of a hold.
    """
    values = _held_columns(wanted) | owner
    values["seat_group"] = owner["appointment_id"] if "appointment_id" in owner else owner["id"]
    insertion = postgresql_insert(HeldTime).values(values)
    return insertion.on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)


def taking_place(wanted: WantedTime, owner: dict[str, Any]) -> Insert:
    """The same of the lowest free place in the session, whose calendar is locked.

    It does nothing where the session is full or lasts other than is wanted.
    """
    values = _held_columns(wanted) | owner
    session, place = _session(wanted), aliased(HeldTime)
    here = place.seat_group == session.c.id
    number = func.generate_series(1, session.c.capacity).column_valued("number")
    free = select(func.min(number)).where(
        ~exists().where(here, place.seat == number).correlate_except(place)
    )
    taken = select(func.count()).select_from(place).where(here)
    columns = HeldTime.__table__.c
    row = (
        select(
            *(_as_sql(value, columns[name].type).label(name) for name, value in values.items()),
            session.c.id,
            free.correlate(session).scalar_subquery(),
            session.c.capacity,
        )
        .where(session.c.held_until == wanted.held_until)
        .where(taken.correlate(session).scalar_subquery() < wanted.capacity)
    )
    names = [*values, "seat_group", "seat", "capacity"]
    return postgresql_insert(HeldTime).from_select(names, row).on_conflict_do_nothing()


def _held_columns(wanted: WantedTime) -> dict[str, Any]:
    return {
        "tenant_id": wanted.tenant_id,
        "provider_id": wanted.provider_id,
        "service_id": wanted.service_id,
        "held_from": wanted.start,
        "held_until": wanted.held_until,
    }


def _as_sql(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """A parameter is one already in statements that are made once."""
    return value if isinstance(value, ColumnElement) else literal(value, kind)


def _session(wanted: WantedTime) -> CTE:
    """The session that starts then, found or opened, with room for the service's capacity of now.

    An empty one takes the length and capacity that are wanted; one with somebody in it keeps its
    length, and never has fewer places than it had.
    """
    table = GroupSession
    new = postgresql_insert(table).values(
        tenant_id=wanted.tenant_id,
        provider_id=wanted.provider_id,
        service_id=wanted.service_id,
        held_from=wanted.start,
        held_until=wanted.held_until,
        capacity=wanted.capacity,
    )
    place = aliased(HeldTime)
    # By name: outside of a query the conflicting row is nothing that a subquery correlates with.
    itself = literal_column("group_sessions.id", table.id.type)
    is_empty = ~exists().where(place.seat_group == itself)
    most = func.greatest(table.capacity, new.excluded.capacity)
    return (
        new.on_conflict_do_update(
            index_elements=[table.provider_id, table.service_id, table.held_from],
            set_={
                "held_until": case((is_empty, new.excluded.held_until), else_=table.held_until),
                "capacity": case((is_empty, new.excluded.capacity), else_=most),
            },
        )
        .returning(table.id, table.held_until, table.capacity)
        .cte("session")
    )


def lock_calendars(session: Session, tenant_id: UUID, provider_ids: Collection[UUID]) -> None:
    """Nobody else who locks them takes time of these providers until the transaction ends.

    Always in the order of their ids, so that two who do so cannot wait for each other.
    """
    session.execute(
        select(Provider.id)
        .where(Provider.tenant_id == tenant_id, Provider.id.in_(provider_ids))
        .order_by(Provider.id)
        .with_for_update(key_share=True)
    ).all()


def _clear_expired_holds(asker: Asker, wanted: WantedTime, now: datetime) -> bool:
    """The constraint cannot know the time, so expired holds in the way are deleted here.

    Locked in the order of their ids, since others may want to delete some of the same.
    """
    in_the_way = (
        select(HeldTime.id)
        .where(
            HeldTime.provider_id == wanted.provider_id,
            HeldTime.held_from < wanted.held_until,
            HeldTime.held_until > wanted.start,
            HeldTime.expires_at <= now,
        )
        .order_by(HeldTime.id)
        .with_for_update()
    )
    found = asker.execute(
        delete(HeldTime)
        .where(HeldTime.id.in_(in_the_way), HeldTime.expires_at <= now)
        .returning(HeldTime.id)
        .execution_options(synchronize_session=False)
    )
    return found.first() is not None
