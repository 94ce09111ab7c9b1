"""What the engine of slots needs to know of providers, read from the database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sloty_shared.calendar_lists import (
    narrowed,
    one_calendar,
    period_values,
    service_calendars,
)
from sloty_shared.hot_statements import HotStatement
from sloty_shared.models import (
    LocationStatus,
    Provider,
    ProviderAvailability,
    ProviderSchedule,
    Service,
    Tenant,
)
from sloty_shared.scheduling import Calendar, Held, Offering, Override, WeeklyRule, parse_wall_time

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
    given = narrowed(
        provider_id=provider_id, location_id=location_id, without_appointment=without_appointment
    )
    whose = {"tenant_id": service.tenant_id, "service_id": service.id}
    values = given | period_values(start, end, now) | whose
    row = _of_service(frozenset(given)).first(session, values)
    return bookables(row[0]) if row else []


def load_calendar(
    session: Session, provider: Provider, *, start: datetime, end: datetime, now: datetime
) -> Bookable:
    """The provider's calendar, with all that matters in [start, end), whatever the service."""
    whose = {"tenant_id": provider.tenant_id, "provider_id": provider.id}
    row = _of_one().first(session, whose | period_values(start, end, now))
    (found,) = bookables(row[0] if row else [])
    return found


def bookables(found: Sequence[Sequence[Any]]) -> list[Bookable]:
    """What `service_calendars` found."""
    return [_bookable(values) for values in found]


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


@cache
def _of_one() -> HotStatement:
    return HotStatement(one_calendar())


@cache
def _of_service(given: frozenset[str]) -> HotStatement:
    return HotStatement(
        select(service_calendars(given)).where(
            Service.tenant_id == bindparam("tenant_id"), Service.id == bindparam("service_id")
        )
    )


def _bookable(values: Sequence[Any]) -> Bookable:
    provider_id, is_active, location_id, status, zone, hours, rules, overrides, held = values
    return Bookable(
        provider_id=UUID(provider_id),
        location_id=UUID(location_id),
        calendar=Calendar(
            zone=zone,
            rules=tuple([_rule(values) for values in rules]),
            overrides=tuple([_override(values) for values in overrides]),
            business_hours=_business_hours(hours),
            is_active=is_active and status == LocationStatus.ACTIVE,
        ),
        held=[Held(*taken) for taken in held],
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
