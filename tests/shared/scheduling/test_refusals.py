"""What a refusal tells beside its code, and what the values themselves refuse."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from sloty_shared.scheduling import (
    AVAILABLE,
    Calendar,
    Held,
    Offering,
    Override,
    Refusal,
    RefusalCode,
    WeeklyRule,
    judge,
)

MONDAY = date(2026, 11, 23)
CALENDAR = Calendar(zone="UTC", rules=(WeeklyRule(day_of_week=1, start=9 * 60, end=12 * 60),))
OFFERING = Offering(duration=60, buffer=15, interval=60, min_advance=1, max_advance=7)


def at(hour: int, minute: int = 0, day: int = 23) -> int:
    return round(datetime(2026, 11, day, hour, minute, tzinfo=UTC).timestamp())


def judged(
    start: int, *, calendar: Calendar = CALENDAR, held: Sequence[Held] = (), now: int = at(6)
) -> Refusal | None:
    return judge(calendar, OFFERING, held, start, now=now)


def test_too_soon_names_the_earliest_start() -> None:
    refusal = judged(at(9), now=at(8, 30))
    assert refusal == Refusal(RefusalCode.TOO_SOON, earliest=at(9, 30))


def test_earliest_start_is_not_too_soon() -> None:
    assert judged(at(9, 30), now=at(8, 30)) == Refusal(RefusalCode.NOT_A_SLOT)


def test_too_far_names_the_last_date() -> None:
    refusal = judged(at(9), now=at(0, day=15))
    assert refusal == Refusal(RefusalCode.TOO_FAR, last_date=date(2026, 11, 22))


def test_slot_past_closing_names_when_it_closes() -> None:
    refusal = judged(at(11, 30))
    assert refusal == Refusal(RefusalCode.OUTSIDE_AVAILABILITY, closes=at(12))


def test_closed_time_has_no_cause() -> None:
    assert judged(at(8, 30)) == Refusal(RefusalCode.OUTSIDE_AVAILABILITY)


def test_blocked_time_names_the_first_block() -> None:
    later = Override(MONDAY, "MEETING", 10 * 60 + 30, 11 * 60, id="later")
    first = Override(MONDAY, "SICK", 9 * 60 + 30, 10 * 60 + 15, id="first")
    calendar = replace(CALENDAR, overrides=(later, first))
    refusal = judged(at(10), calendar=calendar)
    assert refusal == Refusal(RefusalCode.OUTSIDE_AVAILABILITY, block=first)


def test_held_time_names_the_holding() -> None:
    held = [Held(at(8), at(9)), Held(at(10, 14), at(10, 20)), Held(at(11), at(12))]
    refusal = judged(at(9), held=held)
    assert refusal == Refusal(RefusalCode.SLOT_UNAVAILABLE, held=held[1])


def test_refusals_come_in_the_order_of_the_rules() -> None:
    held = [Held(at(0), at(23))]
    closed = replace(CALENDAR, rules=())
    inactive = replace(closed, is_active=False)
    codes = [
        judged(at(9, 30), calendar=inactive, held=held, now=at(10)),
        judged(at(9, 30), calendar=closed, held=held, now=at(10)),
        judged(at(9, 30), calendar=closed, held=held, now=at(0, day=1)),
        judged(at(9, 30), calendar=closed, held=held),
        judged(at(9, 30), held=held),
        judged(at(9), held=held),
        judged(at(9)),
    ]
    assert [refusal and refusal.code for refusal in codes] == [*RefusalCode, None]


@pytest.mark.parametrize(
    ("kind", "start", "end"),
    [(AVAILABLE, None, None), ("SICK", 540, None), ("SICK", None, 540), (AVAILABLE, 540, None)],
)
def test_override_without_its_times_is_refused(
    kind: str, start: int | None, end: int | None
) -> None:
    with pytest.raises(ValueError, match="times"):
        Override(MONDAY, kind, start, end)


@pytest.mark.parametrize(("duration", "interval"), [(0, 30), (30, 0)])
def test_offering_takes_a_minute_or_more(duration: int, interval: int) -> None:
    with pytest.raises(ValueError, match="a minute or more"):
        Offering(duration=duration, buffer=0, interval=interval)
