"""What the engine of slots needs to know of providers, read from the database."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from sloty_shared.models import (
    MAX_BUFFER_MINUTES,
    MAX_DURATION_MINUTES,
    HeldTime,
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

# A window that opened on an earlier date can reach in, and no zone is further than a day from UTC.
_MARGIN = timedelta(days=2)
_LONGEST_HOLD = timedelta(minutes=MAX_DURATION_MINUTES + MAX_BUFFER_MINUTES)


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

    Four statements, however many providers and days. `without_appointment` leaves out the time
    that this appointment holds itself.
    """
    rows = _providers(session, service, provider_id, location_id)
    ids = [provider.id for provider, _ in rows]
    reach = end + timedelta(minutes=service.duration + service.buffer_time)
    rules = _rules(session, ids)
    overrides = _overrides(session, ids, start, reach)
    held = _held(session, ids, start, reach, now, without_appointment)
    return [
        Bookable(
            provider_id=provider.id,
            location_id=location.id,
            calendar=_calendar(provider, location, rules[provider.id], overrides[provider.id]),
            held=held[provider.id],
        )
        for provider, location in rows
    ]


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return math.floor(moment.timestamp())


def epoch_after(moment: datetime) -> int:
    """Whole seconds since 1970, rounded up."""
    return -((moment - _EPOCH) // -timedelta(seconds=1))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _providers(
    session: Session, service: Service, provider_id: UUID | None, location_id: UUID | None
) -> Sequence[tuple[Provider, Location]]:
    query = (
        select(Provider, Location)
        .join(Location, Location.id == Provider.location_id)
        .where(Provider.tenant_id == service.tenant_id, _gives(service.id))
        .order_by(Provider.id)
    )
    if provider_id is not None:
        query = query.where(Provider.id == provider_id)
    if location_id is not None:
        query = query.where(Provider.location_id == location_id)
    return [(provider, location) for provider, location in session.execute(query)]


def _gives(service_id: UUID) -> ColumnElement[bool]:
    """Providers limited to this service among others, or not limited at all."""
    limits = exists().where(ProviderService.provider_id == Provider.id)
    return or_(limits.where(ProviderService.service_id == service_id), ~limits)


def _rules(session: Session, provider_ids: Sequence[UUID]) -> dict[UUID, list[WeeklyRule]]:
    found: dict[UUID, list[WeeklyRule]] = defaultdict(list)
    query = select(ProviderAvailability).where(
        ProviderAvailability.provider_id.in_(provider_ids), ProviderAvailability.is_active
    )
    for row in session.scalars(query):
        found[row.provider_id].append(
            WeeklyRule(
                day_of_week=row.day_of_week,
                start=parse_wall_time(row.start_time),
                end=parse_wall_time(row.end_time),
                valid_from=row.valid_from,
                valid_to=row.valid_to,
            )
        )
    return found


def _overrides(
    session: Session, provider_ids: Sequence[UUID], start: datetime, end: datetime
) -> dict[UUID, list[Override]]:
    found: dict[UUID, list[Override]] = defaultdict(list)
    query = select(ProviderSchedule).where(
        ProviderSchedule.provider_id.in_(provider_ids),
        ProviderSchedule.date >= (start - _MARGIN).date(),
        ProviderSchedule.date <= (end + _MARGIN).date(),
    )
    for row in session.scalars(query):
        found[row.provider_id].append(
            Override(
                date=row.date,
                kind=row.type.value,
                start=None if row.start_time is None else parse_wall_time(row.start_time),
                end=None if row.end_time is None else parse_wall_time(row.end_time),
                id=str(row.id),
            )
        )
    return found


def _held(
    session: Session,
    provider_ids: Sequence[UUID],
    start: datetime,
    end: datetime,
    now: datetime,
    without_appointment: UUID | None,
) -> dict[UUID, list[Held]]:
    """Taken times that touch [start, end), in order; the index is bounded on both sides."""
    found: dict[UUID, list[Held]] = defaultdict(list)
    query = (
        select(HeldTime.provider_id, HeldTime.held_from, HeldTime.held_until)
        .where(
            HeldTime.provider_id.in_(provider_ids),
            HeldTime.held_from < end,
            HeldTime.held_from > start - _LONGEST_HOLD,
            HeldTime.held_until > start,
            or_(HeldTime.expires_at.is_(None), HeldTime.expires_at > now),
        )
        .order_by(HeldTime.held_from)
    )
    if without_appointment is not None:
        query = query.where(HeldTime.appointment_id.is_distinct_from(without_appointment))
    for provider_id, held_from, held_until in session.execute(query):
        found[provider_id].append(Held(epoch(held_from), epoch_after(held_until)))
    return found


def _calendar(
    provider: Provider,
    location: Location,
    rules: Iterable[WeeklyRule],
    overrides: Iterable[Override],
) -> Calendar:
    return Calendar(
        zone=location.timezone,
        rules=tuple(rules),
        overrides=tuple(overrides),
        business_hours=_business_hours(location.business_hours),
        is_active=provider.is_active and location.status is LocationStatus.ACTIVE,
    )


def _business_hours(stored: dict[str, Any]) -> dict[str, list[tuple[int, int]]]:
    return {
        day: [(parse_wall_time(start), parse_wall_time(end)) for start, end in spans]
        for day, spans in stored.items()
    }
