"""What is taken of providers' time, as SQL: one JSON list for each provider that a query finds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, array

from sloty_shared.models import HeldTime, Provider, Service

# What a list is of: rows of these come from the query around it.
_OUTER = (Provider, Service)
_NONE_FOUND: ColumnElement[Any] = literal_column("'[]'::json")
# As floating point they are exact to the microsecond, and made faster than as decimals.
_TAKEN = (
    cast(func.floor(func.date_part("epoch", HeldTime.held_from)), BigInteger).label("since"),
    cast(func.ceil(func.date_part("epoch", HeldTime.held_until)), BigInteger).label("until"),
)


def taken_times(reach: ColumnElement[datetime], given: frozenset[str]) -> ScalarSelect[Any]:
    """Taken times of the Provider that touch [start, reach), in order.

    The index is bounded on both sides.
    """
    times = func.array_agg(aggregate_order_by(array(_TAKEN), HeldTime.held_from))
    found = _or_empty(func.array_to_json(times))
    return found.where(*_touching(reach, given)).scalar_subquery()


def taken_by_sessions(reach: ColumnElement[datetime], given: frozenset[str]) -> ScalarSelect[Any]:
    """The same, where the Service's sessions are shared: of each once, with its places left."""
    held = HeldTime
    same = (held.seat_group, held.service_id, held.held_from, held.held_until, held.capacity)
    sessions = select(*_TAKEN, _places_left().label("places")).where(*_touching(reach, given))
    # The service is that of the query around this one, but SQL wants it named here too.
    groups = sessions.group_by(*same, Service.id, Service.capacity)
    taken = groups.correlate(*_OUTER).subquery("taken")
    values = func.json_build_array(taken.c.since, taken.c.until, taken.c.places)
    return collected(aggregate_order_by(values, taken.c.since)).scalar_subquery()


def _places_left() -> ColumnElement[int]:
    """Of each session of the service, as it may be joined now; of all else there are none.

    A session that does not start at a whole second is on no grid.
    """
    held = HeldTime
    is_session = and_(
        held.capacity.is_not(None),
        held.service_id == Service.id,
        held.held_from == func.date_trunc("second", held.held_from),
    )
    left = func.greatest(0, Service.capacity - func.count())
    return case((is_session, left), else_=0)


def _touching(reach: ColumnElement[datetime], given: frozenset[str]) -> list[ColumnElement[bool]]:
    held = HeldTime
    conditions = [
        held.tenant_id == Provider.tenant_id,
        held.provider_id == Provider.id,
        held.held_from < reach,
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
    return _or_empty(func.json_agg(values))


def _or_empty(found: ColumnElement[Any]) -> Select[Any]:
    return select(func.coalesce(found, _NONE_FOUND)).correlate(*_OUTER)
