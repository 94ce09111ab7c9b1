"""The occurrences that a recurrence rule names, as wall-clock times of a zone and as instants.

They become instants last, so that nine o'clock stays nine o'clock when the clocks change. Dates are
looked through one by one within two years: a library that steps from match to match (dateutil) looks
for the next match of a rule that has none up to the year 9999, which takes a minute.
"""

from calendar import isleap, monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sloty_booking.series.rule_text import MOST_OCCURRENCES, BadRule, Rule
from sloty_shared.web.fields.moments import FIRST_YEAR, LAST_YEAR

_NOT_IN_YEARS = f"The occurrences must lie between the years {FIRST_YEAR} and {LAST_YEAR}"
_DAY = timedelta(days=1)
# Two years, whichever of them is a leap year.
_HORIZON = 731 * _DAY
# The longest period of a rule: BYSETPOS counts in the whole of it.
_PERIOD = 373 * _DAY


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a rule: what the clock reads, and when that is, or None where it never does."""

    local: datetime
    start: datetime | None


class StartNotInRule(ValueError):
    """The first occurrence is not one of the rule's; `first` is what would be, if any."""

    def __init__(self, first: datetime | None) -> None:
        named = f"; its first is {first.isoformat(timespec='seconds')}" if first else ""
        super().__init__(f"This is not a time of the rule{named}")


def occurrences(rule: Rule, start: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """All of them in time order; the first is `start` itself.

    An hour that the clock skips has no instant. Of one that it repeats the first is meant. Raises
    BadRule where the rule names too many or too few, and StartNotInRule.
    """
    first = start.astimezone(zone).replace(tzinfo=None)
    if not is_in_years(first):
        raise BadRule(_NOT_IN_YEARS)
    found = _wall_times(rule, first, zone)
    if not all(map(is_in_years, found)):
        raise BadRule(_NOT_IN_YEARS)
    if found[:1] != [first]:
        raise StartNotInRule(found[0] if found else None)
    following = [Occurrence(local, instant_of(local, zone)) for local in found[1:]]
    return [Occurrence(first, start), *following]


def is_in_years(local: datetime) -> bool:
    """Whether the API takes and gives this time whatever the zone."""
    return FIRST_YEAR < local.year < LAST_YEAR


def instant_of(local: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant at which the zone's clock reads this, None where it skips that hour."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


def _wall_times(rule: Rule, first: datetime, zone: ZoneInfo) -> list[datetime]:
    last = first + _HORIZON
    until = _local_until(rule.until, zone)
    if until is not None and until < first:
        raise BadRule("UNTIL lies before startTime")
    if until is not None and until.date() > last.date():
        raise BadRule("UNTIL lies more than two years after startTime")
    every = (datetime.combine(day, first.time()) for day in _dates(rule, first.date()))
    found = [local for local in every if first <= local <= (until or last)][: rule.count]
    if len(found) > MOST_OCCURRENCES:
        raise BadRule(f"A series has at most {MOST_OCCURRENCES} occurrences")
    if rule.count is not None and len(found) < rule.count:
        raise BadRule(f"Only {len(found)} of the {rule.count} occurrences are within two years")
    return found


def _local_until(until: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    if isinstance(until, datetime):
        return until.astimezone(zone).replace(tzinfo=None) if until.tzinfo else until
    return None if until is None else datetime.combine(until, time.max)


def _dates(rule: Rule, first: date) -> Iterator[date]:
    """The rule's dates from well before the first to beyond the horizon, in order."""
    fits = _filter(rule, first)
    period = _PERIODS[rule.frequency]
    began = period(first, rule.week_start)
    span = (_HORIZON + 2 * _PERIOD) // _DAY
    around = (first - _PERIOD + place * _DAY for place in range(span))
    for number, days in groupby(around, key=lambda day: period(day, rule.week_start)):
        if (number - began) % rule.interval == 0:
            yield from _chosen([day for day in days if fits(day)], rule.by.get("BYSETPOS"))


def _chosen(days: list[date], places: list[int] | None) -> list[date]:
    if places is None:
        return days
    count = len(days)
    return [day for place, day in enumerate(days) if place + 1 in places or place - count in places]


def _filter(rule: Rule, first: date) -> Callable[[date], bool]:
    by = _with_defaults(rule, first)
    tests = [(_TESTS[name], frozenset(by[name])) for name in by if name in _TESTS]
    in_year = rule.frequency == "YEARLY" and "BYMONTH" not in by
    days = by.get("BYDAY")

    def fits(day: date) -> bool:
        in_tests = all(not wanted.isdisjoint(test(day, rule.week_start)) for test, wanted in tests)
        return in_tests and (
            days is None or any(_is_weekday(day, each, in_year=in_year) for each in days)
        )

    return fits


def _with_defaults(rule: Rule, first: date) -> Mapping[str, Any]:
    """What a rule leaves out is as of its first date."""
    by, weekday = rule.by, {"BYDAY": [(0, first.weekday())]}
    if rule.frequency == "WEEKLY" and "BYDAY" not in by:
        return {**by, **weekday}
    if rule.frequency == "MONTHLY" and by.keys().isdisjoint(("BYDAY", "BYMONTHDAY")):
        return {**by, "BYMONTHDAY": [first.day]}
    if rule.frequency == "YEARLY" and by.keys().isdisjoint(("BYDAY", "BYMONTHDAY", "BYYEARDAY")):
        if "BYWEEKNO" in by:
            return {**by, **weekday}
        return {"BYMONTH": [first.month], **by, "BYMONTHDAY": [first.day]}
    return by


def _is_weekday(day: date, wanted: tuple[int, int], *, in_year: bool) -> bool:
    place, weekday = wanted
    if day.weekday() != weekday:
        return False
    number, length = (_year_day(day), _year_days(day)) if in_year else (day.day, _month_days(day))
    return place in (0, (number - 1) // 7 + 1, -((length - number) // 7 + 1))


def _month_days(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _year_day(day: date) -> int:
    return day.timetuple().tm_yday


def _year_days(day: date) -> int:
    return 366 if isleap(day.year) else 365


def _from_both_ends(number: int, length: int) -> tuple[int, int]:
    return number, number - length - 1


def _week(day: date, week_start: int) -> tuple[int, int]:
    """The number of the date's week, from both ends; the first has four days of its year or more."""
    middle = _week_begin(day, week_start) + 3 * _DAY
    number = (_year_day(middle) - 1) // 7 + 1
    return _from_both_ends(number, number + (_year_days(middle) - _year_day(middle)) // 7)


def _week_begin(day: date, week_start: int) -> date:
    return day - (day.weekday() - week_start) % 7 * _DAY


# What each BY part compares with the date.
_TESTS: Mapping[str, Callable[[date, int], tuple[int, ...]]] = {
    "BYMONTH": lambda day, _: (day.month,),
    "BYMONTHDAY": lambda day, _: _from_both_ends(day.day, _month_days(day)),
    "BYYEARDAY": lambda day, _: _from_both_ends(_year_day(day), _year_days(day)),
    "BYWEEKNO": _week,
}
# Counts the periods of each frequency.
_PERIODS: Mapping[str, Callable[[date, int], int]] = {
    "DAILY": lambda day, _: day.toordinal(),
    "WEEKLY": lambda day, week_start: _week_begin(day, week_start).toordinal() // 7,
    "MONTHLY": lambda day, _: day.year * 12 + day.month,
    "YEARLY": lambda day, _: day.year,
}
