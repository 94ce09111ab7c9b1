"""When a calendar is open and when it is blocked: wall-clock windows turned into instants."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sloty_shared.scheduling.local_time import (
    SECONDS_A_DAY,
    LocalSpan,
    day_number,
    local_spans,
    weekday,
)
from sloty_shared.scheduling.terms import AVAILABLE, Calendar, Override, WeeklyRule
from sloty_shared.scheduling.wall_time import MINUTES_A_DAY

Intervals = tuple[tuple[int, int], ...]

_WHOLE_DATE: Intervals = ((0, MINUTES_A_DAY),)
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def open_windows(calendar: Calendar, start: int, end: int) -> list[tuple[int, int]]:
    """List the open windows within `[start, end)` as instants, merged, in time order.

    They are cut at `start` and `end`, since windows that meet at midnight may go on for ever.
    """
    return windows_within(calendar, list(local_spans(calendar.zone, start, end)))


def windows_within(calendar: Calendar, spans: Sequence[LocalSpan]) -> list[tuple[int, int]]:
    """List the open windows of the instants that the spans hold."""
    if not calendar.is_active:
        return []
    hours = _OpeningHours(calendar)
    return _united(
        window for span in spans for window in _instants(span, hours.open_minutes(span.day))
    )


def blocked_times(calendar: Calendar, start: int, end: int) -> list[tuple[int, int, Override]]:
    """List what blocks take of `[start, end)`, each with its override, by start.

    Blocks of different overrides may overlap.
    """
    return blocks_within(calendar, list(local_spans(calendar.zone, start, end)))


def blocks_within(
    calendar: Calendar, spans: Sequence[LocalSpan]
) -> list[tuple[int, int, Override]]:
    """List the blocked times of the instants that the spans hold."""
    blocks = [override for override in calendar.overrides if override.kind != AVAILABLE]
    if not blocks:
        return []
    on_day: dict[int, list[LocalSpan]] = {}
    for span in spans:
        on_day.setdefault(span.day, []).append(span)
    blocked = [
        (*interval, block) for block in blocks for interval in _instants_of_block(block, on_day)
    ]
    return sorted(blocked, key=lambda taken: taken[:2])


def _instants_of_block(
    block: Override, on_day: dict[int, list[LocalSpan]]
) -> list[tuple[int, int]]:
    day, window = day_number(block.date), _window(block)
    spans = [*on_day.get(day, ()), *on_day.get(day + 1, ())]
    own = {day: _minutes_on_date((), window), day + 1: _minutes_on_date(window, ())}
    return _united(sorted(taken for span in spans for taken in _instants(span, own[span.day])))


def _window(override: Override) -> Intervals:
    if override.start is None or override.end is None:
        return _WHOLE_DATE
    return ((override.start, override.end),)


class _OpeningHours:
    """The minutes of each local date that rules, AVAILABLE overrides and business hours open."""

    def __init__(self, calendar: Calendar) -> None:
        self._rules = [
            [_dated(rule) for rule in calendar.rules if rule.is_active and rule.day_of_week == day]
            for day in range(7)
        ]
        self._instead: dict[int, Intervals] = {}
        for override in calendar.overrides:
            if override.kind == AVAILABLE:
                day = day_number(override.date)
                self._instead[day] = (*self._instead.get(day, ()), *_window(override))
        self._limits = _limits_by_weekday(calendar)

    def open_minutes(self, day: int) -> Intervals:
        return _open_minutes(self._windows(day - 1), self._windows(day), self._limits[weekday(day)])

    def _windows(self, day: int) -> Intervals:
        """Find the windows that belong to the date, those that run into the next one whole."""
        return self._instead.get(day) or tuple(
            [window for window, first, last in self._rules[weekday(day)] if first <= day <= last]
        )


def _dated(rule: WeeklyRule) -> tuple[tuple[int, int], float, float]:
    """Give the rule's window with its first and last day; infinity stands for a missing one."""
    return (
        (rule.start, rule.end),
        -math.inf if rule.valid_from is None else day_number(rule.valid_from),
        math.inf if rule.valid_to is None else day_number(rule.valid_to),
    )


def _limits_by_weekday(calendar: Calendar) -> list[Intervals]:
    """Give the minutes that business hours allow on each weekday, Sunday first."""
    if not calendar.business_hours:
        return [_WHOLE_DATE] * 7
    hours = [tuple(calendar.business_hours.get(day, ())) for day in _WEEKDAYS]
    return [_minutes_on_date(hours[day - 1], hours[day]) for day in range(7)]


@lru_cache(maxsize=4096)
def _open_minutes(eve: Intervals, own: Intervals, limits: Intervals) -> Intervals:
    """Cut what a date's windows and its eve's open on it to the limits."""
    return tuple(
        (max(start, earliest), min(end, latest))
        for start, end in _minutes_on_date(eve, own)
        for earliest, latest in limits
        if max(start, earliest) < min(end, latest)
    )


def _minutes_on_date(eve: Intervals, own: Intervals) -> Intervals:
    """Unite the minutes that a date has from its own windows and from those of its eve."""
    minutes = [(start, end if start < end else MINUTES_A_DAY) for start, end in own]
    minutes += [(0, end) for start, end in eve if end <= start]
    return tuple(_united(sorted(minutes)))


def _instants(span: LocalSpan, minutes: Intervals) -> Iterable[tuple[int, int]]:
    """Find the instants of the span at which the clock reads one of the minutes."""
    midnight = span.day * SECONDS_A_DAY - span.offset
    for start, end in minutes:
        first = max(midnight + start * 60, span.start)
        last = min(midnight + end * 60, span.end)
        if first < last:
            yield first, last


def _united(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge intervals, given in order of their start, that touch or overlap."""
    united: list[tuple[int, int]] = []
    for start, end in intervals:
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        elif start < end:
            united.append((start, end))
    return united
