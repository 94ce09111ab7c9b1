"""Recurrence rules: what is refused, and occurrences held to the calendar and to clocks on walls."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from sloty_booking.series.recurrence import StartNotInRule, instant_of, occurrences
from sloty_booking.series.rule_text import MOST_OCCURRENCES, BadRule, parse_rule

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2027, 3, 23, 9, 0, tzinfo=BERLIN)
ZONES = [
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
]
DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
# In the order of Python's weekday().
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# Wall times of no zone, to the minute.
starts = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: (NEW_YEAR + timedelta(minutes=minutes)).replace(tzinfo=None)
)
zones = st.sampled_from(ZONES).map(ZoneInfo)


def local_dates(rule: str, start: datetime = TUESDAY) -> list[str]:
    found = occurrences(parse_rule(rule), start, BERLIN)
    return [each.local.date().isoformat() for each in found]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "NAME=value"),
        ("FREQ=WEEKLY;", "NAME=value"),
        ("FREQ=WEEKLY;COUNT", "NAME=value"),
        ("FREQ=WEEKLY\nCOUNT=2", "FREQ is one of"),
        ("COUNT=2", "FREQ is missing"),
        ("FREQ=FORTNIGHTLY;COUNT=2", "FREQ is one of"),
        ("FREQ=HOURLY;COUNT=2", "one time of day"),
        ("FREQ=SECONDLY;COUNT=2", "one time of day"),
        ("FREQ=DAILY;BYHOUR=9,14;COUNT=4", "one time of day"),
        ("FREQ=DAILY;BYMINUTE=0;COUNT=4", "one time of day"),
        ("FREQ=WEEKLY", "no end"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270601", "do not stand together"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "COUNT stands twice"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT is a whole number from 1 to 104"),
        ("FREQ=WEEKLY;COUNT=105", "COUNT is a whole number from 1 to 104"),
        ("FREQ=WEEKLY;COUNT=-1", "COUNT is a whole number"),
        ("FREQ=WEEKLY;COUNT=\u0663", "COUNT is a whole number"),
        ("FREQ=WEEKLY;COUNT=99999999999999999999", "COUNT is a whole number"),
        ("FREQ=WEEKLY;INTERVAL=0;COUNT=2", "INTERVAL is a whole number"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL is written"),
        ("FREQ=WEEKLY;UNTIL=20270230", "UNTIL is no date"),
        ("FREQ=WEEKLY;UNTIL=20270601T250000Z", "UNTIL is no date"),
        ("FREQ=WEEKLY;UNTIL=00010101T000000Z", "UNTIL is of the years"),
        ("FREQ=WEEKLY;UNTIL=99991231T235959Z", "UNTIL is of the years"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "BYDAY lists days"),
        ("FREQ=WEEKLY;BYDAY=1TU;COUNT=2", "A number in BYDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYDAY=0TU;COUNT=2", "BYDAY lists days"),
        ("FREQ=YEARLY;BYWEEKNO=12;BYDAY=1TU;COUNT=2", "does not go with BYWEEKNO"),
        ("FREQ=WEEKLY;BYMONTHDAY=23;COUNT=2", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2", "BYMONTHDAY lists whole numbers"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2", "BYMONTHDAY lists whole numbers"),
        ("FREQ=MONTHLY;BYYEARDAY=1;COUNT=2", "BYYEARDAY does not go with"),
        ("FREQ=MONTHLY;BYWEEKNO=1;COUNT=2", "BYWEEKNO does not go with"),
        ("FREQ=YEARLY;BYMONTH=-1;COUNT=2", "BYMONTH lists whole numbers from 1 to 12"),
        ("FREQ=YEARLY;BYMONTH=13;COUNT=2", "BYMONTH lists"),
        ("FREQ=DAILY;BYSETPOS=1;COUNT=2", "BYSETPOS needs another"),
        ("FREQ=DAILY;WKST=1;COUNT=2", "WKST is one of"),
        ("FREQ=DAILY;BYEASTER=0;COUNT=2", "'BYEASTER' is no part"),
        ("FREQ=DAILY;RSCALE=GREGORIAN;COUNT=2", "'RSCALE' is no part"),
        ("FREQ=DAILY;\x00=1;COUNT=2", "is no part"),
        ("FREQ=DAILY;COUNT=2;X=" + "1" * 500, "at most 500"),
    ],
)
def test_bad_rule_is_named(text: str, says: str) -> None:
    with pytest.raises(BadRule, match=says):
        parse_rule(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("FREQ=YEARLY;COUNT=4", "Only 3 of the 4"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "Only 0 of the 2"),
        ("FREQ=DAILY;UNTIL=20270801", "at most 104"),
        ("FREQ=WEEKLY;UNTIL=20290401", "more than two years"),
        ("FREQ=WEEKLY;UNTIL=20270323T085959", "before startTime"),
        ("FREQ=WEEKLY;UNTIL=20270322", "before startTime"),
        ("FREQ=WEEKLY;UNTIL=20270323T075959Z", "before startTime"),
    ],
)
def test_rule_that_names_too_many_or_too_few_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadRule, match=says):
        occurrences(parse_rule(text), TUESDAY, BERLIN)


@pytest.mark.parametrize("year", [1970, 2199, 2200])
def test_series_stays_in_the_years_of_the_api(year: int) -> None:
    start = datetime(year, 3, 23, 9, 0, tzinfo=UTC)
    with pytest.raises(BadRule, match="between the years 1970 and 2200"):
        occurrences(parse_rule("FREQ=YEARLY;COUNT=2"), start, BERLIN)


def test_start_must_be_a_time_of_the_rule() -> None:
    with pytest.raises(StartNotInRule, match="its first is 2027-03-24T09:00:00"):
        occurrences(parse_rule("FREQ=WEEKLY;BYDAY=WE;COUNT=2"), TUESDAY, BERLIN)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("FREQ=DAILY;COUNT=3", ["2027-03-23", "2027-03-24", "2027-03-25"]),
        ("RRULE:FREQ=DAILY;COUNT=1", ["2027-03-23"]),
        ("freq=weekly;interval=2;count=2", ["2027-03-23", "2027-04-06"]),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["2027-03-23", "2027-03-25", "2027-03-30"]),
        ("FREQ=WEEKLY;UNTIL=20270330", ["2027-03-23", "2027-03-30"]),
        ("FREQ=WEEKLY;UNTIL=20270330T070000Z", ["2027-03-23", "2027-03-30"]),
        ("FREQ=WEEKLY;UNTIL=20270330T065959Z", ["2027-03-23"]),
        ("FREQ=WEEKLY;UNTIL=20270330T085959", ["2027-03-23"]),
        ("FREQ=MONTHLY;BYDAY=4TU;COUNT=2", ["2027-03-23", "2027-04-27"]),
        ("FREQ=MONTHLY;BYDAY=-2TU;COUNT=2", ["2027-03-23", "2027-04-20"]),
        ("FREQ=MONTHLY;BYDAY=TU,WE;BYSETPOS=7;COUNT=1", ["2027-03-23"]),
        ("FREQ=YEARLY;COUNT=3", ["2027-03-23", "2028-03-23", "2029-03-23"]),
        ("FREQ=YEARLY;BYYEARDAY=82;COUNT=2", ["2027-03-23", "2028-03-22"]),
    ],
)
def test_rule_names_its_dates(text: str, dates: list[str]) -> None:
    assert local_dates(text) == dates


def test_dates_that_a_month_lacks_are_left_out() -> None:
    start = datetime(2027, 1, 31, 9, 0, tzinfo=BERLIN)
    found = local_dates("FREQ=MONTHLY;COUNT=3", start)
    assert found == ["2027-01-31", "2027-03-31", "2027-05-31"]


@settings(deadline=None)
@given(local=starts, zone=zones)
def test_instant_is_the_first_that_reads_so(local: datetime, zone: ZoneInfo) -> None:
    assert instant_of(local, zone) == first_reading(local, zone)


@settings(deadline=None, max_examples=40)
@given(first=starts, zone=zones, interval=st.integers(1, 3), count=st.integers(1, MOST_OCCURRENCES))
def test_every_day_keeps_its_wall_time(
    first: datetime, zone: ZoneInfo, interval: int, count: int
) -> None:
    start = first_reading(first, zone)
    if start is None:
        return
    rule = parse_rule(f"FREQ=DAILY;INTERVAL={interval};COUNT={count}")
    found = occurrences(rule, start, zone)
    wanted = [first + interval * place * DAY for place in range(count)]
    assert [each.local for each in found] == wanted
    assert [each.start for each in found] == [first_reading(local, zone) for local in wanted]


@settings(deadline=None, max_examples=40)
@given(first=starts, days=st.sets(st.integers(0, 6)), interval=st.integers(1, 4))
def test_weekdays_are_those_of_the_calendar(first: datetime, days: set[int], interval: int) -> None:
    """Weeks begin on Monday unless the rule says otherwise."""
    days |= {first.weekday()}
    named = ",".join(DAYS[day] for day in sorted(days))
    last = first.date() + timedelta(days=100)
    rule = f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={named};UNTIL={last:%Y%m%d}"
    monday = first.date() - timedelta(days=first.weekday())
    wanted = [
        day
        for day in (first.date() + place * DAY for place in range(101))
        if day.weekday() in days and (day - monday).days // 7 % interval == 0
    ]
    found = occurrences(parse_rule(rule), first.replace(tzinfo=UTC), ZoneInfo("UTC"))
    assert [each.local for each in found] == [datetime.combine(day, first.time()) for day in wanted]


def some(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high).filter(bool)
    return st.lists(numbers, min_size=1, max_size=4).map(lambda each: ",".join(map(str, each)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that name a date now and then, or dateutil would look for one for a minute."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    numbered = frequency in ("MONTHLY", "YEARLY") and draw(st.booleans())
    days = st.lists(st.sampled_from(DAYS), min_size=1, max_size=3)
    place = draw(st.sampled_from(["1", "2", "-1", "-2"])) if numbered else ""
    parts = {"BYDAY": days.map(lambda each: ",".join(place + day for day in each))}
    if frequency == "YEARLY":
        parts["BYMONTH"] = some(1, 12)
        # Alone, dateutil takes every day of the week for it, and RFC 5545 that of the start.
        if not numbered and draw(st.booleans()):
            parts = {"BYDAY": parts["BYDAY"], "BYWEEKNO": some(2, 51)}
    elif frequency != "WEEKLY" and draw(st.booleans()):
        parts = {"BYMONTHDAY": some(-28, 28)}
    chosen = "".join(f";{name}={draw(value)}" for name, value in parts.items())
    # Of the week of the start dateutil counts what is left of it, and RFC 5545 all of it.
    if frequency != "WEEKLY" and draw(st.booleans()):
        chosen += ";BYSETPOS=1,-1"
    start = draw(st.sampled_from(["", ";WKST=SU", ";WKST=WE"]))
    return f"FREQ={frequency};INTERVAL={draw(st.integers(1, 3))}{chosen}{start}"


@settings(deadline=None, max_examples=60)
@given(rule=rules(), first=starts)
def test_dates_are_those_of_another_reader(rule: str, first: datetime) -> None:
    """dateutil from the first date on that it names itself, over two years."""
    theirs = rrule.rrulestr(rule, dtstart=first)
    until = first + timedelta(days=731)
    start = next(iter(theirs.xafter(first, count=1, inc=True)), None)
    if start is None or start > until:
        return
    wanted = list(rrule.rrulestr(rule, dtstart=start).xafter(start, count=12, inc=True))
    wanted = [each for each in wanted if each <= start + timedelta(days=731)]
    text = f"{rule};COUNT={len(wanted)}"
    found = occurrences(parse_rule(text), start.replace(tzinfo=UTC), ZoneInfo("UTC"))
    assert [each.local for each in found] == wanted


def test_hour_that_is_skipped_has_no_instant() -> None:
    start = datetime(2027, 3, 27, 2, 30, tzinfo=BERLIN)
    found = occurrences(parse_rule("FREQ=DAILY;COUNT=3"), start, BERLIN)
    assert [each.start for each in found] == [
        datetime(2027, 3, 27, 1, 30, tzinfo=UTC),
        None,
        datetime(2027, 3, 29, 0, 30, tzinfo=UTC),
    ]


def test_first_keeps_the_instant_that_was_asked_for() -> None:
    """The second 02:30 of the night in which the clock is set back."""
    start = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    [first, _] = occurrences(parse_rule("FREQ=DAILY;COUNT=2"), start, BERLIN)
    assert (first.local.isoformat(), first.start) == ("2027-10-31T02:30:00", start)


def first_reading(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Without the zone's own way from wall time to instants: by trying every offset near it."""
    around = [
        datetime.combine(date.fromordinal(local.toordinal() + day), time(), UTC)
        for day in (-2, -1, 0, 1, 2, 3)
    ]
    offsets = {moment.astimezone(zone).utcoffset() for moment in around}
    candidates = [local.replace(tzinfo=UTC) - offset for offset in offsets if offset is not None]
    reads = [each for each in candidates if each.astimezone(zone).replace(tzinfo=None) == local]
    return min(reads, default=None)
