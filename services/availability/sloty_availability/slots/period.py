"""The period that slots are asked for: instants, or dates that are days in a zone."""

from datetime import UTC, date, datetime, timedelta

from sloty_shared.errors import FieldError, Invalid
from sloty_shared.scheduling.local_time import SECONDS_A_DAY, day_number, local_spans

LONGEST_PERIOD = timedelta(days=62)


def period(first: datetime | date, last: datetime | date, zone: str) -> tuple[datetime, datetime]:
    """The half-open period `[start, end)`; a date as the end is included.

    Raises Invalid where it ends before it starts or is longer than 62 days.
    """
    start = first if isinstance(first, datetime) else start_of_day(zone, first)
    end = last if isinstance(last, datetime) else start_of_day(zone, last + timedelta(days=1))
    to_instant = isinstance(last, datetime)
    if end < start or (end == start and not to_instant):
        raise Invalid(errors=[FieldError("query:to", "This lies before `from`")])
    if _is_too_long(first, last, end - start):
        raise Invalid(errors=[FieldError("query:to", "A period has at most 62 days")])
    return start, end


def _is_too_long(first: datetime | date, last: datetime | date, elapsed: timedelta) -> bool:
    if isinstance(first, datetime) or isinstance(last, datetime):
        return elapsed > LONGEST_PERIOD
    # Dates are counted, since days may have more than 24 hours.
    return last - first >= LONGEST_PERIOD


def start_of_day(zone: str, day: date) -> datetime:
    """The first instant whose wall-clock reading is on or after this date."""
    number = day_number(day)
    about = number * SECONDS_A_DAY
    spans = local_spans(zone, about - 2 * SECONDS_A_DAY, about + 2 * SECONDS_A_DAY)
    start = next(span.start for span in spans if span.day >= number)
    return datetime.fromtimestamp(start, UTC)
