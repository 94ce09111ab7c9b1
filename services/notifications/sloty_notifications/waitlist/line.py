"""Who is first in line for what a provider has free."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from sloty_shared.calendars import Bookable, epoch_after, load_bookables, offering
from sloty_shared.models import (
    FreedTime,
    Provider,
    Service,
    Tenant,
    WaitlistEntry,
    WaitlistOffer,
    WaitlistStatus,
)
from sloty_shared.scheduling import Offering, list_slots

# Nothing is offered that begins sooner: nobody could answer in time.
SOONEST = timedelta(minutes=5)
# Nor later, where the service has no `maxAdvanceBooking` of its own.
FARTHEST = timedelta(days=365)
# The local date of a wish lies within so much of the same date in UTC.
_MARGIN = timedelta(days=1)
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Match:
    """A bookable time, and the entry that is first in line for it."""

    entry_id: UUID
    service: Service
    terms: Offering
    bookable: Bookable
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.terms.duration)

    @property
    def held_until(self) -> datetime:
        return self.end + timedelta(minutes=self.terms.buffer)


@dataclass(frozen=True, slots=True)
class _Free:
    """The bookable starts of one service with the provider, in order, and their local dates."""

    service: Service
    terms: Offering
    bookable: Bookable
    starts: Sequence[int]
    dates: Sequence[date]

    def first_between(self, first: date, last: date, told: Collection[int]) -> int | None:
        """The earliest start on these dates that is not one of `told`."""
        for place in range(bisect_left(self.dates, first), len(self.starts)):
            if self.dates[place] > last:
                return None
            if self.starts[place] not in told:
                return self.starts[place]
        return None


def reach(service: Service) -> timedelta:
    """How many dates ahead of today a time of the service is offered."""
    days = service.max_advance_booking
    return FARTHEST if days is None else min(timedelta(days=days), FARTHEST)


def first_in_line(
    session: Session, tenant: Tenant, freed: Sequence[FreedTime], *, now: datetime
) -> Match | None:
    """What one provider has free where `freed` says, for whoever has waited longest for it.

    Nobody is offered the same time twice.
    """
    provider = session.get(Provider, freed[0].provider_id)
    if provider is None:
        return None
    free = {
        service.id: found
        for service, first, last in _wished(session, provider)
        for found in [_free(session, tenant, provider, service, (first, last), freed, now)]
        if found is not None
    }
    if not free:
        return None
    dates = [each for found in free.values() for each in (found.dates[0], found.dates[-1])]
    for entry_id, service_id, first, last, told in _line(session, provider, free.keys(), dates):
        found = free[service_id]
        start = found.first_between(first, last, {epoch_after(moment) for moment in told or ()})
        if start is not None:
            moment = datetime.fromtimestamp(start, UTC)
            return Match(entry_id, found.service, found.terms, found.bookable, moment)
    return None


def _wished(session: Session, provider: Provider) -> list[Any]:
    """The services that are waited for with this provider, each with its first and last date."""
    query = (
        select(Service, func.min(WaitlistEntry.from_date), func.max(WaitlistEntry.to_date))
        .join(WaitlistEntry, WaitlistEntry.service_id == Service.id)
        .where(*_waits_for(provider))
        .group_by(Service.id)
    )
    return list(session.execute(query))


def _free(
    session: Session,
    tenant: Tenant,
    provider: Provider,
    service: Service,
    wished: tuple[date, date],
    freed: Sequence[FreedTime],
    now: datetime,
) -> _Free | None:
    terms = offering(service, tenant)
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in wished)
    holding = timedelta(minutes=terms.duration + terms.buffer)
    start = max(now + SOONEST, first - _MARGIN, _begin(freed, now) - holding)
    end = min(now + reach(service) + 2 * _MARGIN, last + 2 * _MARGIN, _end(freed))
    if start >= end:
        return None
    for bookable in load_bookables(
        session, service, start=start, end=end, now=now, provider_id=provider.id
    ):
        starts = list_slots(
            bookable.calendar,
            terms,
            bookable.held,
            start=epoch_after(start),
            end=epoch_after(end),
            now=epoch_after(now),
        )
        if starts:
            zone = ZoneInfo(bookable.calendar.zone)
            dates = [datetime.fromtimestamp(each, zone).date() for each in starts]
            return _Free(service, terms, bookable, starts, dates)
    return None


def _begin(freed: Sequence[FreedTime], now: datetime) -> datetime:
    return min(now if each.freed_from is None else each.freed_from for each in freed)


def _end(freed: Sequence[FreedTime]) -> datetime:
    never = datetime.max.replace(tzinfo=UTC)
    return max(never if each.freed_until is None else each.freed_until for each in freed)


def _line(
    session: Session, provider: Provider, services: Collection[UUID], dates: Sequence[date]
) -> Iterator[tuple[UUID, UUID, date, date, list[datetime] | None]]:
    """Who waits, in the order of joining, each with the starts that they were offered before."""
    told = (
        select(func.array_agg(WaitlistOffer.start_time))
        .where(WaitlistOffer.entry_id == WaitlistEntry.id, WaitlistOffer.provider_id == provider.id)
        .scalar_subquery()
    )
    query = (
        select(
            WaitlistEntry.id,
            WaitlistEntry.service_id,
            WaitlistEntry.from_date,
            WaitlistEntry.to_date,
            told,
        )
        .where(
            *_waits_for(provider),
            WaitlistEntry.service_id.in_(services),
            WaitlistEntry.from_date <= max(dates),
            WaitlistEntry.to_date >= min(dates),
        )
        .order_by(WaitlistEntry.joined_at, WaitlistEntry.id)
        .execution_options(yield_per=_CHUNK)
    )
    with closing(session.execute(query)) as rows:
        for row in rows:
            yield tuple(row)


def _waits_for(provider: Provider) -> list[ColumnElement[bool]]:
    entry = WaitlistEntry
    return [
        entry.tenant_id == provider.tenant_id,
        entry.status == WaitlistStatus.WAITING,
        or_(entry.provider_id.is_(None), entry.provider_id == provider.id),
        or_(entry.location_id.is_(None), entry.location_id == provider.location_id),
    ]
