"""The period that slots are asked for: instants, or dates that are days in a zone."""

from datetime import UTC, date, datetime, timedelta

from sloty_shared.errors import FieldError, Invalid
from sloty_shared.scheduling.local_time import SECONDS_A_DAY, day_number, local_spans

LONGEST_PERIOD = timedelta(days=62)
# A day of 25 hours among the 62 must not make them too many.
_SLACK = timedelta(hours=3)


def period(first: datetime | date, last: datetime | date, zone: str) -> tuple[datetime, datetime]:
    """The half-open period `[start, end)`; a date as the end is included.

    Raises Invalid where it ends before it starts or is longer than 62 days.
    """
    start = first if isinstance(first, datetime) else start_of_day(zone, first)
    end = last if isinstance(last, datetime) else start_of_day(zone, last + timedelta(days=1))
    if end < start:
        raise Invalid(errors=[FieldError("query:to", "This lies before `from`")])
    if end - start > LONGEST_PERIOD + _SLACK:
        raise Invalid(errors=[FieldError("query:to", "A period has at most 62 days")])
    return start, end


def start_of_day(zone: str, day: date) -> datetime:
    """The first instant whose wall-clock reading is on or after this date."""
    number = day_number(day)
    about = number * SECONDS_A_DAY
    spans = local_spans(zone, about - 2 * SECONDS_A_DAY, about + 2 * SECONDS_A_DAY)
    start = next(span.start for span in spans if span.day >= number)
    return datetime.fromtimestamp(start, UTC)
