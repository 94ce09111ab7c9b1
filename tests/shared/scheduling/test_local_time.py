"""Local dates as spans of elapsed time, against the tz database itself."""

from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import pytest

from sloty_shared.scheduling.local_time import date_of, day_number, local_spans, weekday

DAY = 86400
FIRST, LAST = (round(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (1970, 2200))


def test_spans_agree_with_every_zone(*, long_run: bool) -> None:
    for zone in available_timezones():
        for year in (1971, 2011, 2026, 2199) if long_run else (2026,):
            start = round(datetime(year, 1, 1, tzinfo=UTC).timestamp())
            assert_spans_agree(ZoneInfo(zone), start, start + 366 * DAY)


def assert_spans_agree(clock: ZoneInfo, start: int, end: int) -> None:
    spans = list(local_spans(clock.key, start, end))
    assert (spans[0].start, spans[-1].end) == (start, end)
    assert all(before.end == after.start for before, after in pairwise(spans))
    for span in spans:
        for instant in (span.start, span.end - 1):
            reading = datetime.fromtimestamp(instant, clock)
            assert day_number(reading.date()) == span.day
            assert reading.replace(tzinfo=UTC).timestamp() == instant + span.offset


def test_spans_end_at_the_second_of_the_change() -> None:
    # Until 1972-01-07 Monrovia was 44 minutes and 30 seconds behind UTC.
    change = round(datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC).timestamp())
    spans = list(local_spans("Africa/Monrovia", change - 60, change + 60))
    assert [(span.start, span.end, span.offset) for span in spans] == [
        (change - 60, change, -2670),
        (change, change + 60, 0),
    ]


def test_spans_reach_from_1970_to_2200() -> None:
    days = sum(span.end - span.start for span in local_spans("Asia/Gaza", FIRST, LAST)) / DAY
    assert days == (date(2200, 1, 1) - date(1970, 1, 1)).days


def test_nothing_asked_has_no_spans() -> None:
    assert list(local_spans("Europe/Berlin", FIRST, FIRST)) == []


def test_unknown_zone_is_an_error() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        next(local_spans("Europe/Atlantis", FIRST, LAST))


@pytest.mark.parametrize("day", [date(1969, 12, 31), date(1970, 1, 1), date(2026, 11, 22)])
def test_day_number_keeps_date_and_weekday(day: date) -> None:
    number = day_number(day)
    assert date_of(number) == day
    assert weekday(number) == day.isoweekday() % 7
