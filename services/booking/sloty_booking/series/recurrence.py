"""Recurrence rules after RFC 5545, read strictly, and the occurrences that they name.

Occurrences are wall-clock times of a zone and become instants last, so that nine o'clock stays nine
o'clock when the clocks change. Rules without an end, with too many occurrences, or with several on
one day are refused.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from sloty_shared.web.fields.moments import FIRST_YEAR, LAST_YEAR

MOST_OCCURRENCES = 104
LONGEST_RULE = 500
# Two years, whichever of them is a leap year.
_HORIZON = timedelta(days=731)
_MOST_INTERVAL = 1000

_FREQUENCIES = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_SUB_DAILY = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_TIMES_OF_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
_DAYS = {
    str(day): day for day in (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU)
}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


class BadRule(ValueError):
    """The rule cannot be used; the text says why, for its author."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is written well; `text` is how it is kept and shown.

    `until` is a date, an instant, or without an offset a wall-clock time. `parts` are the others,
    as dateutil takes them.
    """

    text: str
    count: int | None
    until: date | datetime | None
    parts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a rule: what the clock reads, and when that is, or None where it never does."""

    local: datetime
    start: datetime | None


def parse_rule(text: str) -> Rule:
    """The rule of an RRULE's text, with or without `RRULE:` before it. Raises BadRule."""
    bare = text.strip().upper().removeprefix("RRULE:")
    if len(bare) > LONGEST_RULE:
        raise BadRule(f"A rule has at most {LONGEST_RULE} characters")
    written = _written_parts(bare)
    _check_known(written)
    _check_end(written)
    _check_together(written)
    read = {name: _READERS[name](name, value) for name, value in written.items()}
    count, until = read.pop("COUNT", None), read.pop("UNTIL", None)
    parts = {_NAMES_OF_DATEUTIL.get(name, name.lower()): value for name, value in read.items()}
    return Rule(bare, count, until, parts)


def occurrences(rule: Rule, start: datetime, zone: ZoneInfo) -> list[Occurrence]:
    """All of them in time order; the first is `start` itself.

    An hour that the clock skips has no instant. Of one that it repeats the first is meant. Raises
    BadRule where the rule names too many or too few, and StartNotInRule.
    """
    first = start.astimezone(zone).replace(tzinfo=None)
    found = _wall_times(rule, first, zone)
    if found[:1] != [first]:
        raise StartNotInRule(_as_text(found[0]) if found else None)
    following = [Occurrence(local, instant_of(local, zone)) for local in found[1:]]
    return [Occurrence(first, start), *following]


class StartNotInRule(ValueError):
    """The first occurrence is not one of the rule's; `first` is what would be, if any."""

    def __init__(self, first: str | None) -> None:
        named = f"; its first is {first}" if first else ""
        super().__init__(f"This is not a time of the rule{named}")


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
    # Without this end a rule that names no date would be looked through to the year 9999.
    every = rrule.rrule(dtstart=first, until=until or last, **rule.parts)
    found = list(islice(every, rule.count or MOST_OCCURRENCES + 1))
    if len(found) > MOST_OCCURRENCES:
        raise BadRule(f"A series has at most {MOST_OCCURRENCES} occurrences")
    if rule.count is not None and len(found) < rule.count:
        raise BadRule(f"Only {len(found)} of the {rule.count} occurrences are within two years")
    return found


def _local_until(until: date | datetime | None, zone: ZoneInfo) -> datetime | None:
    if isinstance(until, datetime):
        return until.astimezone(zone).replace(tzinfo=None) if until.tzinfo else until
    return None if until is None else datetime.combine(until, time.max)


def _as_text(local: datetime) -> str:
    return local.isoformat(timespec="seconds")


def _written_parts(bare: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in bare.split(";"):
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise BadRule(
                "A rule is written as NAME=value;NAME=value, such as FREQ=WEEKLY;COUNT=10"
            )
        if name in parts:
            raise BadRule(f"{name[:20]} stands twice")
        parts[name] = value
    return parts


def _check_known(written: Mapping[str, str]) -> None:
    frequency = written.get("FREQ")
    if frequency is None:
        raise BadRule("FREQ is missing")
    if frequency in _SUB_DAILY or written.keys() & _TIMES_OF_DAY:
        raise BadRule("A series has one time of day, that of startTime: nothing below FREQ=DAILY")
    if frequency not in _FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(_FREQUENCIES)}")
    unknown = sorted(written.keys() - _READERS.keys())
    if unknown:
        raise BadRule(f"{unknown[0][:20]!a} is no part of a rule here")


def _check_end(written: Mapping[str, str]) -> None:
    ends = written.keys() & {"COUNT", "UNTIL"}
    if not ends:
        raise BadRule("The rule has no end: add COUNT or UNTIL")
    if len(ends) > 1:
        raise BadRule("COUNT and UNTIL do not stand together")


def _check_together(written: Mapping[str, str]) -> None:
    """What RFC 5545 does not allow beside each other."""
    frequency, by_day = written["FREQ"], written.get("BYDAY", "")
    for name, allowed in _ONLY_WITH.items():
        if name in written and frequency not in allowed:
            raise BadRule(f"{name} does not go with FREQ={frequency}")
    if any(character.isdigit() for character in by_day):
        if frequency not in ("MONTHLY", "YEARLY"):
            raise BadRule(f"A number in BYDAY does not go with FREQ={frequency}")
        if "BYWEEKNO" in written:
            raise BadRule("A number in BYDAY does not go with BYWEEKNO")
    if "BYSETPOS" in written and not written.keys() & _SELECTING:
        raise BadRule("BYSETPOS needs another BY part to choose from")


def _read_frequency(_name: str, value: str) -> int:
    return _FREQUENCIES[value]


def _read_until(_name: str, value: str) -> date | datetime:
    found = _UNTIL.fullmatch(value)
    if found is None:
        raise BadRule("UNTIL is written as 20270630, 20270630T090000 or 20270630T070000Z")
    day, clock, is_utc = found.groups()
    try:
        moment = datetime.strptime(day + (clock or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - A wall-clock time.
    except ValueError:
        raise BadRule("UNTIL is no date") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR + 2:
        raise BadRule(f"UNTIL is of the years {FIRST_YEAR} to {LAST_YEAR + 2}")
    if clock is None:
        return moment.date()
    return moment.replace(tzinfo=UTC) if is_utc else moment


def _read_day(name: str, value: str) -> Any:
    if value not in _DAYS:
        raise BadRule(f"{name} is one of {', '.join(_DAYS)}")
    return _DAYS[value]


def _read_days(name: str, value: str) -> list[Any]:
    days = []
    for each in value.split(","):
        found = _DAY.fullmatch(each)
        place = int(found[1] or 0) if found else 0
        if found is None or (found[1] and place == 0) or abs(place) > 53:  # noqa: PLR2004
            raise BadRule(f"{name} lists days such as MO, or 1MO and -1FR by month or year")
        days.append(_DAYS[found[2]](place) if place else _DAYS[found[2]])
    return days


def _one_number(least: int, most: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= 4):  # noqa: PLR2004
            raise BadRule(f"{name} is a whole number from {least} to {most}")
        if not least <= int(value) <= most:
            raise BadRule(f"{name} is a whole number from {least} to {most}")
        return int(value)

    return read


def _numbers(most: int, *, from_end: bool = True) -> Callable[[str, str], list[int]]:
    """A list of numbers from 1, or from -1 where it may be counted from the end."""

    def read(name: str, value: str) -> list[int]:
        found = [int(each) if _NUMBER.fullmatch(each) else 0 for each in value.split(",")]
        if not all(1 <= abs(each) <= most and (from_end or each > 0) for each in found):
            ends = f" or from -1 to -{most}" if from_end else ""
            raise BadRule(f"{name} lists whole numbers from 1 to {most}{ends}")
        return found

    return read


_READERS: Mapping[str, Callable[[str, str], Any]] = {
    "FREQ": _read_frequency,
    "INTERVAL": _one_number(1, _MOST_INTERVAL),
    "COUNT": _one_number(1, MOST_OCCURRENCES),
    "UNTIL": _read_until,
    "WKST": _read_day,
    "BYDAY": _read_days,
    "BYMONTHDAY": _numbers(31),
    "BYYEARDAY": _numbers(366),
    "BYWEEKNO": _numbers(53),
    "BYMONTH": _numbers(12, from_end=False),
    "BYSETPOS": _numbers(366),
}
_NAMES_OF_DATEUTIL = {"BYDAY": "byweekday"}
_ONLY_WITH = {
    "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY"),
    "BYYEARDAY": ("YEARLY",),
    "BYWEEKNO": ("YEARLY",),
}
_SELECTING = frozenset({"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"})
