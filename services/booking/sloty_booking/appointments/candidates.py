"""Which providers could give an appointment at a time, in the order to ask them, and why not the others."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sloty_booking.appointments import queries
from sloty_booking.appointments.refusals import ALTERNATIVES_WITHIN, next_slots, refusal_error
from sloty_booking.catalog import queries as catalog
from sloty_booking.staff import queries as staff
from sloty_shared.calendars import Bookable, epoch, epoch_after, load_bookables
from sloty_shared.errors import SlotyError
from sloty_shared.holding import WantedTime, lock_calendars
from sloty_shared.models import Service
from sloty_shared.scheduling import Offering, Refusal, RefusalCode, judge, places_left
from sloty_shared.web.work import Work

T = TypeVar("T")

_NEVER_IGNORED = frozenset({RefusalCode.INACTIVE, RefusalCode.SLOT_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Wish:
    """A time that somebody asks for: of which service and on which terms, with whom and where."""

    service: Service
    terms: Offering
    start: datetime
    provider_id: UUID | None
    location_id: UUID | None = None
    ignore_availability: bool = False

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.terms.duration)

    @property
    def held_until(self) -> datetime:
        return self.end + timedelta(minutes=self.terms.buffer)

    def of(self, bookable: Bookable) -> WantedTime:
        """The time of one provider that this comes to."""
        return WantedTime(
            tenant_id=self.service.tenant_id,
            provider_id=bookable.provider_id,
            service_id=self.service.id,
            start=self.start,
            held_until=self.held_until,
            capacity=self.terms.capacity,
        )


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who could give the appointment, in the order to ask them, and what refused the others."""

    bookables: list[Bookable]
    refusals: list[Refusal]


def as_taken(terms: Offering, start: datetime, end: datetime, held_until: datetime) -> Offering:
    """The terms with the duration and the buffer that somebody has been given already."""
    minute = timedelta(minutes=1)
    return replace(
        terms,
        duration=max(1, (end - start) // minute),
        buffer=(held_until - end) // minute,
    )


def find_candidates(work: Work, wish: Wish, bookables: list[Bookable] | None = None) -> Candidates:
    """Never without one: raises what refuses the time, or NotFound for a provider or location.

    `bookables` are those who give the service, where they have been looked up. Staff may book any
    time: then those who are not available come after those who are.
    """
    if bookables is None:
        bookables = _load(work, wish, wish.start)
    if not bookables:
        raise nobody(work, wish)
    free: list[Bookable] = []
    ignored: list[Bookable] = []
    refusals: list[Refusal] = []
    for bookable in bookables:
        refusal = judge(
            bookable.calendar,
            wish.terms,
            bookable.held,
            epoch(wish.start),
            now=epoch_after(work.now),
            whole_second=wish.start.microsecond == 0,
        )
        if refusal is None:
            free.append(bookable)
        elif wish.ignore_availability and refusal.code not in _NEVER_IGNORED:
            ignored.append(bookable)
        else:
            refusals.append(refusal)
    if not (free or ignored):
        raise refusal_error(refusals, _alternatives(work, wish))
    first, last = (_least_booked_first(work, wish, each) for each in (free, ignored))
    return Candidates([*first, *last], refusals)


def find_keeper(work: Work, wish: Wish) -> Bookable:
    """The provider of a hold: what was offered then still is, unless something is not active."""
    bookables = _load(work, wish, wish.start)
    if not (wish.terms.is_active and bookables and bookables[0].calendar.is_active):
        raise refusal_error([Refusal(RefusalCode.INACTIVE)], [])
    return bookables[0]


def take_first(
    work: Work, wish: Wish, candidates: Candidates, take: Callable[[Bookable], T | None]
) -> T:
    """What `take` gets of the first whose time the database gives. Raises SlotUnavailable."""
    refusals = list(candidates.refusals)
    if wish.terms.capacity > 1:
        providers = {each.provider_id for each in candidates.bookables}
        lock_calendars(work.session, work.tenant.id, providers)
    for bookable in candidates.bookables:
        taken = take(bookable)
        if taken is not None:
            return taken
        refusals.append(Refusal(RefusalCode.SLOT_UNAVAILABLE))
    raise refusal_error(refusals, _alternatives(work, wish))


def _load(
    work: Work, wish: Wish, start: datetime, *, within: timedelta = timedelta(minutes=1)
) -> list[Bookable]:
    # What is moved may be longer than what the service takes by now.
    longer = max(0, wish.terms.duration + wish.terms.buffer - _minutes(wish.service))
    return load_bookables(
        work.session,
        wish.service,
        start=start,
        end=start + within + timedelta(minutes=longer),
        now=work.now,
        provider_id=wish.provider_id,
        location_id=wish.location_id,
    )


def _minutes(service: Service) -> int:
    return service.duration + service.buffer_time


def nobody(work: Work, wish: Wish) -> SlotyError:
    """Why there is no calendar to look into. Raises NotFound for a provider or location."""
    if wish.provider_id is not None:
        staff.provider(work, wish.provider_id)
    if wish.location_id is not None:
        catalog.location(work, wish.location_id)
    code = RefusalCode.OUTSIDE_AVAILABILITY if wish.terms.is_active else RefusalCode.INACTIVE
    return refusal_error([Refusal(code)], [])


def _least_booked_first(work: Work, wish: Wish, free: list[Bookable]) -> list[Bookable]:
    """Fair to the providers: the one with the fewest appointments on that local date.

    Before them comes a session that has begun to fill, so that the others stay free.
    """
    if len(free) < 2:  # noqa: PLR2004 - one provider is no choice.
        return free
    zone = ZoneInfo(free[0].calendar.zone)
    date = wish.start.astimezone(zone).date()
    start = datetime(date.year, date.month, date.day, tzinfo=zone)
    counts = queries.bookings_of_day(
        work, [each.provider_id for each in free], start, start + timedelta(days=1)
    )
    at = epoch(wish.start)

    def turn(each: Bookable) -> tuple[bool, int, bytes]:
        fills = at in places_left(wish.terms, each.held)
        return (not fills, counts.get(each.provider_id, 0), _lot(work, wish, each))

    return sorted(free, key=turn)


def _lot(work: Work, wish: Wish, bookable: Bookable) -> bytes:
    """Orders equals, for each request another way.

    Bookings of one moment do not see each other: all would ask the same provider, and wait there.
    Those who open a session are to meet at one.
    """
    provider = bookable.provider_id.bytes
    if wish.terms.capacity > 1:
        return provider
    return sha256(work.request_id.encode() + provider).digest()


def _alternatives(work: Work, wish: Wish) -> list[dict[str, Any]]:
    soonest = work.now + timedelta(hours=wish.terms.min_advance)
    start = max(wish.start, soonest)
    bookables = _load(work, wish, start, within=ALTERNATIVES_WITHIN)
    return next_slots(bookables, wish.terms, start=start, now=work.now)
