"""What the engine of slots needs to know of providers, read from the database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from sloty_shared.models import (
    MAX_BUFFER_MINUTES,
    MAX_DURATION_MINUTES,
    Location,
    LocationStatus,
    Provider,
    ProviderAvailability,
    ProviderSchedule,
    ProviderService,
    Service,
    Tenant,
)
from sloty_shared.scheduling import Calendar, Held, Offering, Override, WeeklyRule, parse_wall_time
from sloty_shared.taken_times import collected, taken_times

# Nothing that is held began longer ago than this before its end.
LONGEST_HOLD = timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)
# A window that opened on an earlier date can reach in, and no zone is further than a day from UTC.
_MARGIN = timedelta(days=2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bookable:
    """One provider's calendar and what is taken of it."""

    provider_id: UUID
    location_id: UUID
    calendar: Calendar
    held: Sequence[Held]


def offering(service: Service, tenant: Tenant) -> Offering:
    """The service as the engine sees it, on the tenant's grid or its own."""
    return Offering(
        duration=service.duration,
        buffer=service.buffer_time,
        interval=tenant.settings.get("slotInterval") or service.duration,
        min_advance=service.min_advance_booking,
        max_advance=service.max_advance_booking,
        is_active=service.is_active,
        capacity=service.capacity,
    )


def load_bookables(
    session: Session,
    service: Service,
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    provider_id: UUID | None = None,
    location_id: UUID | None = None,
    without_appointment: UUID | None = None,
) -> list[Bookable]:
    """Every provider who gives the service, in id order, with all that matters in [start, end).

    One statement, however many providers and days. `without_appointment` leaves out the time
    that this appointment holds itself.
    """
    asked = {
        "service_id": service.id,
        "provider_id": provider_id,
        "location_id": location_id,
        "without_appointment": without_appointment,
        "capacity": service.capacity if service.capacity > 1 else None,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    reach = end + timedelta(minutes=service.duration + service.buffer_time)
    values = given | _period(start, reach, now) | {"tenant_id": service.tenant_id}
    return [_bookable(row) for row in session.execute(_calendars(frozenset(given)), values)]


def load_calendar(
    session: Session, provider: Provider, *, start: datetime, end: datetime, now: datetime
) -> Bookable:
    """The provider's calendar, with all that matters in [start, end), whatever the service."""
    given = {"provider_id": provider.id}
    values = given | _period(start, end, now) | {"tenant_id": provider.tenant_id}
    return _bookable(session.execute(_calendars(frozenset(given)), values).one())


def as_rule(row: ProviderAvailability) -> WeeklyRule:
    """The rule as the engine sees it."""
    return WeeklyRule(
        day_of_week=row.day_of_week,
        start=parse_wall_time(row.start_time),
        end=parse_wall_time(row.end_time),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        is_active=row.is_active,
    )


def as_override(row: ProviderSchedule) -> Override:
    """The override as the engine sees it."""
    return _override((str(row.id), row.date, row.type.value, row.start_time, row.end_time))


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return math.floor(moment.timestamp())


def epoch_after(moment: datetime) -> int:
    """Whole seconds since 1970, rounded up."""
    return -((moment - _EPOCH) // -timedelta(seconds=1))


def _period(start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    return {
        "start": start,
        "end": end,
        "now": now,
        "earliest_hold": start - LONGEST_HOLD,
        "first_date": (start - _MARGIN).date(),
        "last_date": (end + _MARGIN).date(),
    }


@cache
def _calendars(given: frozenset[str]) -> Select[*tuple[Any, ...]]:
    """Providers with everything about them as JSON values in one row each, in id order.

    One row, because a round trip costs more than all that the engine then computes; and made once
    for each set of parameters that is `given`, since making a statement costs as much as running it.
    """
    query = (
        select(
            Provider.id,
            Provider.is_active,
            Provider.location_id,
            Location.status,
            Location.timezone,
            Location.business_hours,
            _rules().label("rules"),
            _overrides().label("overrides"),
            taken_times(given).label("held"),
        )
        .join(Location, Location.id == Provider.location_id)
        .where(Provider.tenant_id == bindparam("tenant_id"))
        .order_by(Provider.id)
    )
    if "service_id" in given:
        query = query.where(_gives())
    if "provider_id" in given:
        query = query.where(Provider.id == bindparam("provider_id"))
    if "location_id" in given:
        query = query.where(Provider.location_id == bindparam("location_id"))
    return query


def _gives() -> ColumnElement[bool]:
    """Providers limited to this service among others, or not limited at all."""
    limits = exists().where(ProviderService.provider_id == Provider.id)
    return or_(limits.where(ProviderService.service_id == bindparam("service_id")), ~limits)


def _rules() -> ScalarSelect[Any]:
    rule = ProviderAvailability
    values = func.json_build_array(
        rule.day_of_week, rule.start_time, rule.end_time, rule.valid_from, rule.valid_to
    )
    return (
        collected(values)
        .where(
            rule.tenant_id == Provider.tenant_id,
            rule.provider_id == Provider.id,
            rule.is_active,
            or_(rule.valid_from.is_(None), rule.valid_from <= bindparam("last_date")),
            or_(rule.valid_to.is_(None), rule.valid_to >= bindparam("first_date")),
        )
        .scalar_subquery()
    )


def _overrides() -> ScalarSelect[Any]:
    override = ProviderSchedule
    values = func.json_build_array(
        override.id, override.date, override.type, override.start_time, override.end_time
    )
    return (
        collected(values)
        .where(
            override.tenant_id == Provider.tenant_id,
            override.provider_id == Provider.id,
            override.date >= bindparam("first_date"),
            override.date <= bindparam("last_date"),
        )
        .scalar_subquery()
    )


def _bookable(row: Row[*tuple[Any, ...]]) -> Bookable:
    return Bookable(
        provider_id=row.id,
        location_id=row.location_id,
        calendar=Calendar(
            zone=row.timezone,
            rules=tuple([_rule(values) for values in row.rules]),
            overrides=tuple([_override(values) for values in row.overrides]),
            business_hours=_business_hours(row.business_hours),
            is_active=row.is_active and row.status is LocationStatus.ACTIVE,
        ),
        held=[Held(*taken) for taken in row.held],
    )


def _rule(values: Sequence[Any]) -> WeeklyRule:
    day_of_week, start, end, valid_from, valid_to = values
    return WeeklyRule(
        day_of_week=day_of_week,
        start=parse_wall_time(start),
        end=parse_wall_time(end),
        valid_from=None if valid_from is None else date.fromisoformat(valid_from),
        valid_to=None if valid_to is None else date.fromisoformat(valid_to),
    )


def _override(values: Sequence[Any]) -> Override:
    override_id, day, kind, start, end = values
    return Override(
        date=date.fromisoformat(day) if isinstance(day, str) else day,
        kind=kind,
        start=None if start is None else parse_wall_time(start),
        end=None if end is None else parse_wall_time(end),
        id=override_id,
    )


def _business_hours(stored: dict[str, Any]) -> dict[str, list[tuple[int, int]]]:
    return {
        day: [(parse_wall_time(start), parse_wall_time(end)) for start, end in spans]
        for day, spans in stored.items()
    }
