"""Finding the slots of a service."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Uuid, and_, bindparam, select
from sqlalchemy.orm import aliased

from sloty_availability.slots.period import LONGEST_PERIOD, period, start_of_day
from sloty_availability.slots.schemas import NextSlot
from sloty_availability.slots.written import Found, Place, tag_of_list, written_list
from sloty_shared.calendar_lists import narrowed, period_values, service_calendars
from sloty_shared.calendars import Bookable, bookables, epoch_after, load_bookables, offering
from sloty_shared.errors import NotFound
from sloty_shared.hot_statements import Detached, Values
from sloty_shared.models import Location, Provider, Service
from sloty_shared.scheduling import Offering, list_slots, places_left
from sloty_shared.web.answer import JSON, Tagged
from sloty_shared.web.doors import ENTERED_TENANT, Question, ask_inside
from sloty_shared.web.fields import END_OF_TIME
from sloty_shared.web.work import Glance, Work

# What is soon is looked at first, and what is far only if nothing was found before it.
FIRST_LOOK = timedelta(days=7)
GROWTH = 4
FARTHEST_LOOK = timedelta(days=365)
# A date begins in every zone within so much of its beginning in UTC.
_ZONES = timedelta(days=1)

_SERVICE = Detached(Service)
_start = itemgetter(0)


class NoSlot(NotFound):
    """There is no free slot as far as the service can be booked."""

    code = "no_slot"
    title = "No slot"


@dataclass(frozen=True, slots=True)
class Wish:
    """Of which service slots are wanted, and with whom, where, and shown in which zone."""

    service_id: UUID
    provider_id: UUID | None = None
    location_id: UUID | None = None
    timezone: str | None = None


def ask_slots(now: datetime, wish: Wish, first: datetime | date, last: datetime | date) -> Question:
    """What a SlotList is made of. The zone that dates are read in is not known yet."""
    start = first if isinstance(first, datetime) else _midnight(first) - _ZONES
    end = last if isinstance(last, datetime) else _midnight(last) + timedelta(days=1) + _ZONES
    given = narrowed(provider_id=wish.provider_id, location_id=wish.location_id)
    # A period that is too long is refused later; until then it costs what the longest one does.
    upto = min(end, start + LONGEST_PERIOD + 3 * _ZONES)
    values = _named(wish) | period_values(start, upto, now)
    return Question(_asked_slots(frozenset(given)), values)


def slots(glance: Glance, wish: Wish, first: datetime | date, last: datetime | date) -> Tagged:
    """A SlotList as JSON: the bookable slots that start in the period, in time order.

    Raises NotFound for a service, provider or location that is not there, Invalid for a period
    that ends before it starts or is too long.
    """
    service, zone, (calendars,) = _read_asked(glance, wish, glance.found)
    start, end = period(first, last, zone)
    terms = offering(service, glance.tenant)
    found = [
        slot
        for bookable in bookables(calendars)
        for slot in _placed(bookable, terms, _starts(glance, bookable, terms, start, end))
    ]
    found.sort(key=_start)
    listed = (found, terms.duration * 60, zone)
    return Tagged(tag_of_list(*listed), JSON, lambda: written_list(*listed))


def next_slot(work: Work, wish: Wish, after: datetime | date | None) -> NextSlot:
    """The first bookable slot after an instant, or from a date of the zone on.

    Raises NotFound for a service, provider or location that is not there, and NoSlot.
    """
    service, zone = _asked(work, wish)
    terms = offering(service, work.tenant)
    for start, end in _looks(work.now, terms, _begin(work.now, after, zone)):
        found = [
            slot
            for bookable in _bookables(work, wish, service, start, end)
            for slot in _placed(bookable, terms, _starts(work, bookable, terms, start, end)[:1])
        ]
        if found:
            return _shown(min(found, key=_start), terms, zone)
    raise NoSlot


def _begin(now: datetime, after: datetime | date | None, zone: str) -> datetime:
    if after is None:
        return now
    if isinstance(after, datetime):
        # Slots start at whole seconds.
        return max(now, after.replace(microsecond=0) + timedelta(seconds=1))
    return max(now, start_of_day(zone, after))


def _looks(now: datetime, terms: Offering, begin: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Periods that follow one another, each longer than the last, as far as one may book."""
    start = max(begin, now + timedelta(hours=terms.min_advance))
    if terms.max_advance is None:
        farthest = start + FARTHEST_LOOK
    else:
        # The last date that may be booked can be a day further than here, and is the engine's to say.
        farthest = now + timedelta(days=terms.max_advance + 2)
    look = FIRST_LOOK
    while start < farthest:
        end = min(start + look, farthest)
        yield start, end
        start, look = end, look * GROWTH


def _bookables(
    work: Work, wish: Wish, service: Service, start: datetime, end: datetime
) -> list[Bookable]:
    return load_bookables(
        work.session,
        service,
        start=start,
        end=end,
        now=work.now,
        provider_id=wish.provider_id,
        location_id=wish.location_id,
    )


def _starts(
    glance: Glance, bookable: Bookable, terms: Offering, start: datetime, end: datetime
) -> list[int]:
    return list_slots(
        bookable.calendar,
        terms,
        bookable.held,
        start=epoch_after(start),
        # A slot that nobody could name in a booking is none.
        end=epoch_after(min(end, END_OF_TIME)),
        now=epoch_after(glance.now),
    )


def _placed(bookable: Bookable, terms: Offering, starts: Sequence[int]) -> list[Found]:
    """The starts with whom and where they are, and of what several share with the places left."""
    alone = terms.capacity == 1
    usual = Place(
        bookable.provider_id, bookable.location_id, left=None if alone else terms.capacity
    )
    if alone:
        return [(start, usual) for start in starts]
    begun = {
        start: Place(bookable.provider_id, bookable.location_id, left=left)
        for start, left in places_left(terms, bookable.held).items()
    }
    return [(start, begun.get(start, usual)) for start in starts]


def _shown(slot: Found, terms: Offering, zone: str) -> NextSlot:
    start, place = slot
    return NextSlot(
        start_time=datetime.fromtimestamp(start, ZoneInfo(zone)),
        end_time=datetime.fromtimestamp(start + terms.duration * 60, ZoneInfo(zone)),
        provider_id=place.provider_id,
        location_id=place.location_id,
        places_left=place.left,
        timezone=zone,
    )


def _asked(work: Work, wish: Wish) -> tuple[Service, str]:
    question = Question(_select_asked(), _named(wish))
    found = ask_inside(work.session, work.tenant.id, question)
    service, zone, _ = _read_asked(work, wish, found)
    return service, zone


def _named(wish: Wish) -> dict[str, UUID | None]:
    """The parameters of `_select_asked`."""
    return {
        "service_id": wish.service_id,
        "provider_id": wish.provider_id,
        "location_id": wish.location_id,
    }


def _read_asked(glance: Glance, wish: Wish, found: Values | None) -> tuple[Service, str, Values]:
    """The service, the zone that dates are read and times are shown in, and what else was asked.

    The public sees no service that is not active.
    """
    if found is None:
        raise NotFound("There is no such service.")
    home_zone, place_zone = found[:2]
    service, others = _SERVICE.split(found[2:])
    if not (service.is_active or glance.caller_or_none):
        raise NotFound("There is no such service.")
    if wish.provider_id is not None and home_zone is None:
        raise NotFound("There is no such provider.")
    if wish.location_id is not None and place_zone is None:
        raise NotFound("There is no such location.")
    return service, wish.timezone or place_zone or home_zone or "UTC", others


@cache
def _select_asked() -> Select[Any]:
    """The service with the zone of the provider's location, and of the location that is named."""
    home, place = aliased(Location), aliased(Location)
    wanted, where = (bindparam(name, type_=Uuid()) for name in ("provider_id", "location_id"))
    return (
        select(home.timezone, place.timezone, *_SERVICE.columns)
        .select_from(Service)
        .outerjoin(Provider, and_(Provider.tenant_id == ENTERED_TENANT, Provider.id == wanted))
        .outerjoin(home, home.id == Provider.location_id)
        .outerjoin(place, and_(place.tenant_id == ENTERED_TENANT, place.id == where))
        .where(Service.tenant_id == ENTERED_TENANT, Service.id == bindparam("service_id"))
    )


@cache
def _asked_slots(given: frozenset[str]) -> Select[Any]:
    return _select_asked().add_columns(service_calendars(given))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
