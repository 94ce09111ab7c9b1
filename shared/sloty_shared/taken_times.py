"""What is taken of providers' time, as SQL: one JSON list for each provider that a query finds."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from sloty_shared.models import HeldTime, Provider

_NONE_FOUND: ColumnElement[Any] = literal_column("'[]'::json")
_TAKEN = (
    cast(func.floor(extract("epoch", HeldTime.held_from)), BigInteger).label("since"),
    cast(func.ceil(extract("epoch", HeldTime.held_until)), BigInteger).label("until"),
)


def taken_times(given: frozenset[str]) -> ScalarSelect[Any]:
    """Taken times that touch [start, end), in order; of sessions that can be shared, once each.

    The index is bounded on both sides.
    """
    held = HeldTime
    if "capacity" not in given:
        every = collected(aggregate_order_by(func.json_build_array(*_TAKEN), held.held_from))
        return every.where(*_touching(given)).scalar_subquery()
    same = (held.seat_group, held.service_id, held.held_from, held.held_until, held.capacity)
    sessions = select(*_TAKEN, _places_left().label("places")).where(*_touching(given))
    taken = sessions.group_by(*same).correlate(Provider).subquery("taken")
    values = func.json_build_array(taken.c.since, taken.c.until, taken.c.places)
    return collected(aggregate_order_by(values, taken.c.since)).scalar_subquery()


def _places_left() -> ColumnElement[int]:
    """Of each session of the service, as it may be joined now; of all else there are none.

    A session that does not start at a whole second is on no grid.
    """
    held = HeldTime
    is_session = and_(
        held.capacity.is_not(None),
        held.service_id == bindparam("service_id"),
        held.held_from == func.date_trunc("second", held.held_from),
    )
    left = func.greatest(0, bindparam("capacity", type_=Integer) - func.count())
    return case((is_session, left), else_=0)


def _touching(given: frozenset[str]) -> list[ColumnElement[bool]]:
    held = HeldTime
    conditions = [
        held.tenant_id == Provider.tenant_id,
        held.provider_id == Provider.id,
        held.held_from < bindparam("end"),
        held.held_from > bindparam("earliest_hold"),
        held.held_until > bindparam("start"),
        or_(held.expires_at.is_(None), held.expires_at > bindparam("now")),
    ]
    if "without_appointment" in given:
        own: BindParameter[UUID] = bindparam("without_appointment")
        conditions.append(held.appointment_id.is_distinct_from(own))
    return conditions


def collected(values: ColumnElement[Any]) -> Select[Any]:
    """All these values of one provider as a JSON list, which is empty where there are none."""
    return select(func.coalesce(func.json_agg(values), _NONE_FOUND)).correlate(Provider)
