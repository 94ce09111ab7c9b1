"""Recurrence rules as RFC 5545 writes them, read strictly: a fault is named for the rule's author."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sloty_shared.web.fields.moments import FIRST_YEAR, LAST_YEAR

MOST_OCCURRENCES = 104
LONGEST_RULE = 500
_MOST_INTERVAL = 1000

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SUB_DAILY = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_TIMES_OF_DAY = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND"})
# In the order of Python's weekday().
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


class BadRule(ValueError):
    """The rule cannot be used; the text says why, for its author."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is written well; `text` is how it is kept and shown.

    `until` is a date, an instant, or without an offset a wall-clock time. `by` has the BY parts:
    lists of numbers, and of BYDAY pairs of a number (0: every) and a day of the week (0 = Monday).
    """

    text: str
    frequency: str
    interval: int
    count: int | None
    until: date | datetime | None
    week_start: int
    by: Mapping[str, Any]


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
    return Rule(
        text=bare,
        frequency=written["FREQ"],
        interval=read.get("INTERVAL", 1),
        count=read.get("COUNT"),
        until=read.get("UNTIL"),
        week_start=read.get("WKST", 0),
        by={name: value for name, value in read.items() if name.startswith("BY")},
    )


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
    if frequency not in FREQUENCIES:
        raise BadRule(f"FREQ is one of {', '.join(FREQUENCIES)}")
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


def _read_day(name: str, value: str) -> int:
    if value not in _DAYS:
        raise BadRule(f"{name} is one of {', '.join(_DAYS)}")
    return _DAYS.index(value)


def _read_days(name: str, value: str) -> list[tuple[int, int]]:
    days = []
    for each in value.split(","):
        found = _DAY.fullmatch(each)
        place = int(found[1] or 0) if found else 0
        if found is None or (found[1] and place == 0) or abs(place) > 53:  # noqa: PLR2004
            raise BadRule(f"{name} lists days such as MO, or 1MO and -1FR by month or year")
        days.append((place, _DAYS.index(found[2])))
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
    "FREQ": lambda _name, value: value,
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
_ONLY_WITH = {
    "BYMONTHDAY": ("DAILY", "MONTHLY", "YEARLY"),
    "BYYEARDAY": ("YEARLY",),
    "BYWEEKNO": ("YEARLY",),
}
_SELECTING = frozenset({"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"})
