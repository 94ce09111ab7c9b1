"""One question for slots: to the product a request, to the floor what its engine needs to know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from sloty_deploy.bench.shop import BOOKINGS, CLOSES, DURATION, OPENS, WORKDAYS, ZONE, Shop
from sloty_shared.scheduling import Calendar, Offering, WeeklyRule

DAYS = (1, 7, 31)


@dataclass(frozen=True)
class SlotsCase:
    """Slots of `providers` from the shop's first day on; `query` is how the product is asked."""

    name: str
    days: int
    providers: list[str]
    location: str
    query: str
    start: int
    end: int


def slots_cases(shop: Shop) -> list[SlotsCase]:
    """One provider by days and by bookings, and the whole team for a month."""
    alone = [
        _case(shop, days, f"{number} bookings", [shop.desks[number]], shop.location)
        for days in DAYS
        for number in BOOKINGS
    ]
    return [
        *alone,
        _case(shop, DAYS[-1], f"{BOOKINGS[1]} bookings each", shop.team, shop.team_location),
    ]


def _case(shop: Shop, days: int, bookings: str, providers: list[UUID], location: UUID) -> SlotsCase:
    last = shop.first_day + timedelta(days=days - 1)
    whose = f"providerId={providers[0]}" if len(providers) == 1 else f"locationId={location}"
    start, end = (
        int(datetime.combine(day, time(), ZONE).timestamp())
        for day in (shop.first_day, last + timedelta(days=1))
    )
    return SlotsCase(
        name=f"{len(providers)} x {days} days, {bookings}",
        days=days,
        providers=[str(provider) for provider in providers],
        location=str(location),
        query=f"serviceId={shop.service}&{whose}&from={shop.first_day}&to={last}",
        start=start,
        end=end,
    )


def opening_hours() -> Calendar:
    """What the rules of each measured provider say."""
    rules = [WeeklyRule(day, OPENS * 60, CLOSES * 60) for day in WORKDAYS]
    return Calendar(zone=ZONE.key, rules=tuple(rules))


def terms() -> Offering:
    return Offering(duration=DURATION, buffer=0, interval=DURATION)


def named(cases: Iterable[SlotsCase], days: int, bookings: int) -> SlotsCase:
    """The case of one provider for so many days with so many bookings."""
    wanted = f"1 x {days} days, {bookings} bookings"
    return next(case for case in cases if case.name == wanted)
