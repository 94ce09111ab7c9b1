"""What the engine of slots needs to know of providers, read from the database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Interval,
    ScalarSelect,
    Select,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from sloty_shared.hot_statements import HotStatement
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
from sloty_shared.taken_times import collected, taken_by_sessions, taken_times

# Nothing that is held began longer ago than this before its end.
LONGEST_HOLD = timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)
# A window that opened on an earlier date can reach in, and no zone is further than a day from UTC.
_MARGIN = timedelta(days=2)
_END: BindParameter[datetime] = bindparam("end", type_=DateTime(timezone=True))
_MINUTE: ColumnElement[timedelta] = literal_column("interval '1 minute'", Interval())
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


def narrowed(**wishes: Any) -> dict[str, Any]:
    """Those of the wishes that say anything: a statement is made for each set of them."""
    return {name: value for name, value in wishes.items() if value is not None}


def period_values(start: datetime, end: datetime, now: datetime) -> dict[str, Any]:
    """The parameters of `service_calendars` that say what time matters."""
    return {
        "start": start,
        "end": end,
        "now": now,
        "earliest_hold": start - LONGEST_HOLD,
        "first_date": (start - _MARGIN).date(),
    }


def service_calendars(given: frozenset[str]) -> ScalarSelect[Any]:
    """A JSON list of the providers who give the Service of the query around it, in id order.

    Everything about them is in it, because a round trip costs more than all that the engine then
    computes. Its parameters are those of `period_values` and what is `given` of `provider_id`,
    `location_id` and `without_appointment`.
    """
    reach = _END + (Service.duration + Service.buffer_time) * _MINUTE
    held = case(
        (Service.capacity > 1, taken_by_sessions(reach, given)), else_=taken_times(reach, given)
    )
    query = _calendars(reach, held).where(Provider.tenant_id == Service.tenant_id, _gives())
    if "provider_id" in given:
        query = query.where(Provider.id == bindparam("provider_id"))
    if "location_id" in given:
        query = query.where(Provider.location_id == bindparam("location_id"))
    return query.correlate(Service).scalar_subquery()


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
def _of_service(given: frozenset[str]) -> HotStatement:
    return HotStatement(
        select(service_calendars(given)).where(
            Service.tenant_id == bindparam("tenant_id"), Service.id == bindparam("service_id")
        )
    )


@cache
def _of_one() -> HotStatement:
    query = _calendars(_END, taken_times(_END, frozenset()))
    named = (Provider.tenant_id == bindparam("tenant_id"), Provider.id == bindparam("provider_id"))
    return HotStatement(query.where(*named))


def _calendars(reach: ColumnElement[datetime], held: ColumnElement[Any]) -> Select[Any]:
    """Providers with all that matters until `reach`."""
    values = func.json_build_array(
        Provider.id,
        Provider.is_active,
        Provider.location_id,
        Location.status,
        Location.timezone,
        Location.business_hours,
        _rules(reach),
        _overrides(reach),
        held,
    )
    return (
        collected(aggregate_order_by(values, Provider.id))
        .select_from(Provider)
        .join(Location, Location.id == Provider.location_id)
    )


def _gives() -> ColumnElement[bool]:
    """Providers limited to this service among others, or not limited at all."""
    limits = exists().where(ProviderService.provider_id == Provider.id)
    named = limits.where(ProviderService.service_id == Service.id)
    return or_(named.correlate(Provider, Service), ~limits.correlate(Provider))


def _rules(reach: ColumnElement[datetime]) -> ScalarSelect[Any]:
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
            or_(rule.valid_from.is_(None), rule.valid_from <= _last_date(reach)),
            or_(rule.valid_to.is_(None), rule.valid_to >= bindparam("first_date")),
        )
        .scalar_subquery()
    )


def _overrides(reach: ColumnElement[datetime]) -> ScalarSelect[Any]:
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
            override.date <= _last_date(reach),
        )
        .scalar_subquery()
    )


def _last_date(reach: ColumnElement[datetime]) -> ColumnElement[date]:
    return cast(reach, Date) + literal_column(str(_MARGIN.days), Integer())


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
