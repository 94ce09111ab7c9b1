"""Calendars, services and held times that hypothesis draws, mostly close to changes of a clock."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings

from sloty_shared.scheduling import Calendar, Held, Offering, Override, WeeklyRule

T = TypeVar("T")

HOUR = 3600
DAY = 24 * HOUR
BLOCKS = ("UNAVAILABLE", "HOLIDAY", "VACATION", "SICK", "MEETING", "TRAINING")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NO_LIMIT: dict[str, list[tuple[int, int]]] = {}
FIRST_NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)
STEP = 10
# Seconds by which an instant misses the full hour.
LATE = (0, 0, 0, 1800, 2820, 17)

# A date that is left and come back to, one that is skipped, one with a change of two hours.
FORMER_CHANGES = (
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/St_Johns", date(2011, 3, 13)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Antarctica/Troll", date(2026, 3, 29)),
)


@dataclass(frozen=True)
class Question:
    """Which slots of the calendar start in `[start, end)`?"""

    calendar: Calendar
    offering: Offering
    held: tuple[Held, ...]
    start: int
    end: int
    now: int

    def loaded(self) -> Calendar:
        """The calendar with the overrides alone that a caller must load."""
        first = datetime.fromtimestamp(self.start, UTC).date() - timedelta(days=2)
        last = datetime.fromtimestamp(self.end, UTC).date() + timedelta(
            days=2, minutes=self.offering.duration
        )
        near = [override for override in self.calendar.overrides if first <= override.date <= last]
        return replace(self.calendar, overrides=tuple(near))


def examples(count: int) -> settings:
    """How many examples hypothesis tries, however slow each, leaving no files behind."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@cache
def changing_zones() -> list[str]:
    """The zones of the tz database whose clocks have changed since 2020."""
    return [zone for zone in sorted(available_timezones()) if changes(zone)]


@cache
def changes(zone: str) -> list[date]:
    """The dates (in UTC) before which the zone's offset is another than after, 2020 to 2037."""
    clock = ZoneInfo(zone)

    def offset(day: int) -> timedelta | None:
        return (FIRST_NOON + timedelta(days=day)).astimezone(clock).utcoffset()

    # No clock is changed and changed back within less than a month.
    steps = range(0, 18 * 365, STEP)
    return [
        (FIRST_NOON + timedelta(days=day)).date()
        for step in steps
        if offset(step) != offset(step + STEP)
        for day in range(step + 1, step + STEP + 1)
        if offset(day - 1) != offset(day)
    ]


def mostly(
    usual: st.SearchStrategy[T], *, one_in: int, other: st.SearchStrategy[T]
) -> st.SearchStrategy[T]:
    """Draw the usual, but once in so many times the other."""
    return st.sampled_from([usual] * (one_in - 1) + [other]).flatmap(lambda drawn: drawn)


active = mostly(st.just(True), one_in=16, other=st.just(False))


@st.composite
def zones_and_dates(draw: st.DrawFn) -> tuple[str, date]:
    zone = draw(st.sampled_from(changing_zones()))
    near_change = st.sampled_from(changes(zone))
    any_date = st.dates(date(2020, 1, 1), date(2037, 1, 1))
    most_dates = mostly(near_change, one_in=8, other=any_date).map(lambda day: (zone, day))
    return draw(mostly(most_dates, one_in=16, other=st.sampled_from(FORMER_CHANGES)))


# Many openings begin or end near midnight, where clocks change and windows meet.
wall_times = st.one_of(
    st.sampled_from([0, 24 * 60]),
    st.sampled_from(range(0, 5 * 60, 30)),
    st.sampled_from(range(20 * 60, 24 * 60, 30)),
    st.integers(0, 24 * 60),
)
windows = st.tuples(wall_times, wall_times)
wide_windows = st.sampled_from(
    [(0, 24 * 60), (0, 0), (22 * 60, 21 * 60), (60, 23 * 60), (20 * 60, 6 * 60), (0, 12 * 60)]
)


def days_around(day: date, reach: int) -> st.SearchStrategy[date]:
    return st.sampled_from(range(-reach, reach + 1)).map(lambda days: day + timedelta(days=days))


def rules(day: date) -> st.SearchStrategy[WeeklyRule]:
    bounds = mostly(st.none(), one_in=6, other=days_around(day, 2))
    return st.builds(
        lambda weekday, window, first, last, is_active: WeeklyRule(
            weekday, window[0], window[1], first, last, is_active
        ),
        days_around(day, 3).map(lambda near: near.isoweekday() % 7),
        st.one_of(windows, wide_windows),
        bounds,
        bounds,
        active,
    )


def overrides(day: date) -> st.SearchStrategy[Override]:
    dates = mostly(days_around(day, 1), one_in=4, other=days_around(day, 6))
    timed = st.builds(
        lambda day, kind, window: Override(day, kind, window[0], window[1]),
        dates,
        st.one_of(st.just("AVAILABLE"), st.sampled_from(BLOCKS)),
        windows,
    )
    whole_date = st.builds(Override, dates, st.sampled_from(BLOCKS))
    return mostly(timed, one_in=6, other=whole_date)


business_hours = mostly(
    st.just(NO_LIMIT),
    one_in=3,
    other=st.one_of(
        st.fixed_dictionaries({day: st.lists(wide_windows, max_size=1) for day in WEEKDAYS}),
        st.dictionaries(
            st.sampled_from(WEEKDAYS), st.lists(windows, min_size=1, max_size=2), min_size=1
        ),
    ),
)

offerings = st.builds(
    Offering,
    duration=st.sampled_from([1, 7, 10, 15, 20, 25, 30, 30, 45, 60, 60, 90, 120, 200, 26 * 60]),
    buffer=st.sampled_from([0, 0, 1, 10, 15, 60, 95]),
    interval=st.sampled_from([1, 5, 10, 15, 15, 20, 30, 30, 45, 50, 60, 60, 90, 100, 1500]),
    min_advance=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 5, 24]),
    max_advance=st.sampled_from([None] * 8 + [0, 1, 2, 3]),
    is_active=active,
)


@st.composite
def held_times(draw: st.DrawFn, start: int, end: int) -> tuple[Held, ...]:
    """Taken times around `[start, end)`, sorted; they may overlap, as a group session's do."""
    hours = st.sampled_from(range((start - HOUR) // HOUR, (end + HOUR) // HOUR))
    odd = st.sampled_from([0, 0, 600, 900, 1800, 2100, 61])
    length = st.sampled_from([1, 600, 1800, 1800, 3600, 3660, 4 * HOUR])
    taken = st.builds(
        lambda hour, late, length: Held(hour * HOUR + late, hour * HOUR + late + length),
        hours,
        odd,
        length,
    )
    return tuple(sorted(draw(st.lists(taken, max_size=8))))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone, day = draw(zones_and_dates())
    calendar = Calendar(
        zone=zone,
        rules=tuple(draw(st.lists(rules(day), min_size=2, max_size=8))),
        overrides=tuple(draw(st.lists(overrides(day), max_size=3))),
        business_hours=draw(business_hours),
        is_active=draw(active),
    )
    noon = round(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())
    start = noon - draw(st.sampled_from(range(6, 34))) * HOUR + draw(st.sampled_from(LATE))
    end = start + draw(st.sampled_from([40 * HOUR] * 3 + [30 * HOUR] * 3 + [3 * HOUR, 601, 1]))
    ago = [72 * HOUR] * 4 + [50 * HOUR, 26 * HOUR, 5 * HOUR, 1, 0, -2 * HOUR, -DAY]
    now = start - draw(st.sampled_from(ago)) + draw(st.sampled_from(LATE))
    return Question(calendar, draw(offerings), draw(held_times(start, end)), start, end, now)
