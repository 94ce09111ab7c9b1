"""Local dates of a zone as spans of elapsed time, each under one UTC offset."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECONDS_A_DAY = 24 * 60 * 60

_FIRST_DAY = date(1970, 1, 1).toordinal()
_STRETCH = 400 * SECONDS_A_DAY


class LocalSpan(NamedTuple):
    """The instants from `start` until `end`, which all read the date `day` under one `offset`.

    `day` counts local dates from 1970-01-01; `offset` is in seconds east of UTC.
    """

    day: int
    start: int
    end: int
    offset: int


def day_number(day: date) -> int:
    """Count the date in days since 1970-01-01."""
    return day.toordinal() - _FIRST_DAY


def date_of(day: int) -> date:
    """Give the date that is `day` days after 1970-01-01."""
    return date.fromordinal(day + _FIRST_DAY)


def weekday(day: int) -> int:
    """Give the day of the week, 0 = Sunday."""
    return (day + 4) % 7


def local_day(zone: str, instant: int) -> int:
    """Read the local date of the instant, as days since 1970-01-01."""
    return next(local_spans(zone, instant, instant + 1)).day


def local_spans(zone: str, start: int, end: int) -> Iterator[LocalSpan]:
    """Cut the instants of `[start, end)` at local midnights and at changes of the clock.

    The spans come in time order. Where the clock is set back a date has several, not always in a
    row; a date that the clock skips has none. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    for stretch in _stretches(start, end):
        for (since, offset), (until, _) in pairwise(_offsets(zone, stretch)):
            first, last = max(since, start), min(until, end)
            while first < last:
                day = (first + offset) // SECONDS_A_DAY
                midnight = (day + 1) * SECONDS_A_DAY - offset
                yield LocalSpan(day, first, min(midnight, last), offset)
                first = midnight


def offsets_within(zone: str, start: int, end: int) -> list[tuple[tuple[int, int], ...]]:
    """The offsets of the zone in and around `[start, end)`, each with the instant it begins at."""
    return [_offsets(zone, stretch) for stretch in _stretches(start, end)]


def _stretches(start: int, end: int) -> range:
    return range(start // _STRETCH, (end - 1) // _STRETCH + 1)


@lru_cache(maxsize=2048)
def _offsets(zone: str, stretch: int) -> tuple[tuple[int, int], ...]:
    """Find when each UTC offset of the stretch begins; the last item is the stretch's end."""
    clock = ZoneInfo(zone)
    start = stretch * _STRETCH
    end = start + _STRETCH
    changes = [(start, _offset(clock, start))]
    # A look a day misses no change: in the tz database they are never less than six days apart.
    for instant in range(start + SECONDS_A_DAY, end + 1, SECONDS_A_DAY):
        offset = _offset(clock, instant)
        if offset != changes[-1][1]:
            changes.append((_first_instant(clock, offset, instant), offset))
    return (*changes, (end, 0))


def _first_instant(clock: ZoneInfo, offset: int, instant: int) -> int:
    """Find when, in the day up to `instant`, the clock changed to `offset`."""
    before, after = instant - SECONDS_A_DAY, instant
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(clock, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(clock: ZoneInfo, instant: int) -> int:
    wall_clock = datetime.fromtimestamp(instant, clock).replace(tzinfo=UTC)
    return round(wall_clock.timestamp()) - instant
