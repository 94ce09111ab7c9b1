"""The grid of starts, and which of them blocks and held times leave free."""

from collections.abc import Iterable, Iterator, Sequence

from sloty_shared.scheduling.local_time import SECONDS_A_DAY, LocalSpan, local_day, local_spans
from sloty_shared.scheduling.openings import blocks_within, windows_within
from sloty_shared.scheduling.terms import Calendar, Held, Offering

# The longest date of any zone: one that moved over the date line had the same date twice.
_LONGEST_DATE = 2 * SECONDS_A_DAY


def list_slots(
    calendar: Calendar,
    offering: Offering,
    held: Sequence[Held],
    *,
    start: int,
    end: int,
    now: int,
) -> list[int]:
    """List the bookable starts in `[start, end)`, ascending, each once, as seconds since the epoch.

    `held` is sorted by start; times that end before `start` or start after the last slot's buffer
    may be left out. `now` is rounded up to the second, so that no slot is offered that has begun.
    The calendar's overrides reach from two days before `start` to two days after the end of the
    last slot.
    """
    first = max(start, earliest_start(offering, now))
    if not (calendar.is_active and offering.is_active) or first >= end:
        return []
    duration = offering.duration * 60
    spans = list(local_spans(calendar.zone, first - _LONGEST_DATE, end + duration))
    windows = windows_within(calendar, spans)
    allowed = _until(spans, last_day(calendar, offering, now))
    grid = _grid(allowed, windows, duration, offering.interval * 60)
    within = (part for part in (_cut(starts, first, end) for starts in grid) if part)
    blocks = [(since, until) for since, until, _ in blocks_within(calendar, spans)]
    unblocked = _free(within, blocks, duration)
    if offering.capacity > 1:
        return _with_sessions(list(unblocked), offering, held)
    return _starts(unblocked, held, offering)


def places_left(offering: Offering, held: Sequence[Held]) -> dict[int, int]:
    """How many places are left in each session that can be joined, by its start.

    One that lasts other than what is offered cannot: it began on other terms. All other starts
    have as many places as the offering.
    """
    length = holding_seconds(offering)
    return {
        each.start: each.places
        for each in held
        if each.places > 0 and each.end - each.start == length
    }


def earliest_start(offering: Offering, now: int) -> int:
    """Give the first instant at which an appointment booked now may start."""
    return now + offering.min_advance * 60 * 60


def last_day(calendar: Calendar, offering: Offering, now: int) -> int | None:
    """Give the last local date on which a slot may start, in days since 1970-01-01, if any."""
    if offering.max_advance is None:
        return None
    return local_day(calendar.zone, now) + offering.max_advance


def holding_seconds(offering: Offering) -> int:
    """Say how long an appointment keeps its provider, the buffer included."""
    return (offering.duration + offering.buffer) * 60


def _with_sessions(
    unblocked: Sequence[range], offering: Offering, held: Sequence[Held]
) -> list[int]:
    """The free starts, and those of sessions with places left: nothing else holds their time."""
    joinable = places_left(offering, held)
    joined = [start for start in joinable if any(start in starts for starts in unblocked)]
    return sorted([*_starts(unblocked, held, offering), *joined])


def _starts(grid: Iterable[range], held: Sequence[Held], offering: Offering) -> list[int]:
    return [slot for starts in _free(grid, held, holding_seconds(offering)) for slot in starts]


def _until(spans: list[LocalSpan], day: int | None) -> list[LocalSpan]:
    return spans if day is None else [span for span in spans if span.day <= day]


def _grid(
    spans: Iterable[LocalSpan], windows: Sequence[tuple[int, int]], duration: int, interval: int
) -> Iterator[range]:
    """Lay the grid: the starts from which the duration fits into the window, in time order.

    The grid of a date and window is counted from the first instant that they share, also where
    a clock set back over midnight leaves the date and comes back to it.
    """
    origins: dict[tuple[int, int], int] = {}
    upcoming = 0
    for span in spans:
        while upcoming < len(windows) and windows[upcoming][1] <= span.start:
            upcoming += 1
        for index in range(upcoming, len(windows)):
            opens, closes = windows[index]
            if opens >= span.end:
                break
            since = max(opens, span.start)
            origin = origins.setdefault((span.day, index), since)
            yield range(
                since + (origin - since) % interval,
                min(span.end, closes - duration + 1),
                interval,
            )


def _cut(starts: range, first: int, end: int) -> range:
    """Keep the starts that lie in `[first, end)`."""
    since = max(first, starts.start)
    return range(since + (starts.start - since) % starts.step, min(end, starts.stop), starts.step)


def _free(
    grid: Iterable[range], taken: Sequence[tuple[int, int] | Held], length: int
) -> Iterator[range]:
    """Keep the starts from which `length` seconds touch nothing of `taken`; all in time order."""
    passed = 0
    for starts in grid:
        first, end, step = starts.start, starts.stop, starts.step
        while passed < len(taken) and taken[passed][1] <= first:
            passed += 1
        for index in range(passed, len(taken)):
            since, until = taken[index][0], taken[index][1]
            touches = since - length + 1
            if touches >= end or first >= end:
                break
            if first < touches:
                yield range(first, touches, step)
            if first < until:
                first = until + (first - until) % step
        if first < end:
            yield range(first, end, step)
