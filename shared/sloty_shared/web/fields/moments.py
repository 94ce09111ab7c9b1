"""Points in time from outside: instants, dates and wall-clock times that PostgreSQL can hold."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

FIRST_YEAR, LAST_YEAR = 1970, 2200
END_OF_TIME = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
"""No instant from outside is as late as this."""

# Python reads six digits of a second; up to nine may be written.
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}):([0-9]{2})"
    r"(?:(\.[0-9]{1,6})[0-9]{0,3})?([Zz]|[+-][0-9]{2}:[0-5][0-9])"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# In a query a plus sign stands for a space, and many clients forget to escape it.
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}$)")


def parse_instant(value: Any) -> datetime:
    """An aware datetime in UTC from RFC 3339 text with an offset, to the microsecond.

    A datetime object passes if it is aware; numbers and instants without an offset do not.
    Raises ValueError.
    """
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("An instant is RFC 3339 text with an offset, such as 2026-11-23T09:00:00Z")
    day, clock, second, fraction, offset = found.groups()
    if second == "60":
        raise ValueError("Leap seconds cannot be stored")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}:{second}{fraction or ''}{offset.upper()}")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("There is no such instant") from None
    _check_year(moment)
    return moment


def parse_date(value: Any) -> date:
    """A date of the years 1970 to 2200 from `YYYY-MM-DD`; a date object passes.

    Raises ValueError.
    """
    day = parse_any_date(value)
    if day is not value:
        _check_year(day)
    return day


def parse_any_date(value: Any) -> date:
    """A date of any year from 1 to 9999 from `YYYY-MM-DD`; a date object passes.

    Raises ValueError.
    """
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("A date is written as 2026-11-23")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("There is no such date") from None


def _check_year(day: date) -> None:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"The year must be from {FIRST_YEAR} to {LAST_YEAR}")


def _restore_plus(value: Any) -> Any:
    return _LOST_PLUS.sub("+", value) if isinstance(value, str) else value


def _parse_instant_or_date(value: Any) -> datetime | date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return parse_date(value)
    return parse_instant(value)


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-23T09:00:00Z"]}),
]
"""An instant: in with any offset, kept and written in UTC with `Z`.

Whole seconds are written without a fraction, others with six digits.
"""

LocalDate = Annotated[
    date,
    BeforeValidator(parse_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-11-23"]}),
]
"""A calendar date of no zone, of the years 1970 to 2200."""

AnyDate = Annotated[
    date,
    BeforeValidator(parse_any_date),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["1956-11-23"]}),
]
"""A calendar date of any year from 1, such as a date of birth."""

WallTime = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
"""What a clock on the wall shows, `HH:MM` as text; `24:00` is the end of the day."""

QueryInstant = Annotated[Instant, BeforeValidator(_restore_plus)]
"""An instant in a query, where an unescaped + has become a space."""

QueryInstantOrDate = Annotated[
    datetime | date,
    BeforeValidator(_parse_instant_or_date),
    BeforeValidator(_restore_plus),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "format": "date"},
            ]
        }
    ),
]
"""An instant or a date in a query. A datetime is a date to isinstance: test for datetime first."""
