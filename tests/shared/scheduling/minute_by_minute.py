"""The contract's sentences on open time, asked of every minute on its own: slow, plain, and
sharing nothing with the engine but the values that it is given.

Holds for zones whose offsets from UTC are whole minutes.
"""

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sloty_shared.scheduling import Calendar, Held, Offering

from .drawn_calendars import Question

Window = tuple[int, int]

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


class MinuteByMinute:
    """What is open and what is blocked at each minute of `[start, end)`."""

    def __init__(self, calendar: Calendar, start: int, end: int) -> None:
        self.calendar = calendar
        self.zone = ZoneInfo(calendar.zone)
        self.minutes = range(start // 60 * 60, end, 60)
        self.reading = {minute: self.read(minute) for minute in self.minutes}
        self._windows: dict[date, list[Window]] = {}
        self.open = {at for at in self.minutes if self._is_open(self.reading[at])}
        self.blocked = {at for at in self.minutes if self._is_blocked(self.reading[at])}
        self.origins = self._find_origins()

    @classmethod
    def about(cls, question: Question) -> "MinuteByMinute":
        """All minutes that say something on the starts asked for: from before the first's date."""
        longest_date = 26 * 3600
        end = question.end + (question.offering.duration + 1) * 60
        return cls(question.calendar, question.start - longest_date, end)

    def read(self, instant: float) -> datetime:
        """What a clock on the wall shows, without a zone."""
        return datetime.fromtimestamp(instant, self.zone).replace(tzinfo=None)

    def spans_of(self, minutes: set[int]) -> list[Window]:
        """Maximal runs of minutes."""
        starts = sorted(minute for minute in minutes if minute - 60 not in minutes)
        ends = sorted(minute + 60 for minute in minutes if minute + 60 not in minutes)
        return list(zip(starts, ends, strict=True))

    def _is_open(self, reading: datetime) -> bool:
        if not self.calendar.is_active:
            return False
        day, eve = reading.date(), reading.date() - timedelta(days=1)
        return reads_within(reading, self._windows_of(eve), self._windows_of(day)) and (
            not self.calendar.business_hours
            or reads_within(reading, self._business_hours(eve), self._business_hours(day))
        )

    def _is_blocked(self, reading: datetime) -> bool:
        day, eve = reading.date(), reading.date() - timedelta(days=1)
        return reads_within(reading, self._blocks_of(eve), self._blocks_of(day))

    def _windows_of(self, day: date) -> list[Window]:
        if day not in self._windows:
            self._windows[day] = self._overrides_of(day) or self._rules_of(day)
        return self._windows[day]

    def _overrides_of(self, day: date) -> list[Window]:
        return [
            (override.start, override.end)
            for override in self.calendar.overrides
            if override.date == day and override.kind == "AVAILABLE"
            if override.start is not None and override.end is not None
        ]

    def _rules_of(self, day: date) -> list[Window]:
        return [
            (rule.start, rule.end)
            for rule in self.calendar.rules
            if rule.is_active and day.isoweekday() % 7 == rule.day_of_week
            if (rule.valid_from or date.min) <= day <= (rule.valid_to or date.max)
        ]

    def _business_hours(self, day: date) -> Sequence[Window]:
        return self.calendar.business_hours.get(WEEKDAYS[day.isoweekday() % 7], ())

    def _blocks_of(self, day: date) -> list[Window]:
        return [
            (0, 24 * 60)
            if override.start is None or override.end is None
            else (override.start, override.end)
            for override in self.calendar.overrides
            if override.date == day and override.kind != "AVAILABLE"
        ]

    def _find_origins(self) -> dict[int, int]:
        """For each open minute, the first of its window that reads the same date."""
        origins: dict[int, int] = {}
        for opens, closes in self.spans_of(self.open):
            of_date: dict[date, int] = {}
            for minute in range(opens, closes, 60):
                origins[minute] = of_date.setdefault(self.reading[minute].date(), minute)
        return origins

    def verdict(self, offering: Offering, held: Sequence[Held], at: float, now: int) -> str | None:
        """The code of the first rule that refuses a start, None for a bookable one."""
        refusals = {
            "inactive": not (self.calendar.is_active and offering.is_active),
            "too_soon": at < now + offering.min_advance * 3600,
            "too_far": self._is_too_far(offering, at, now),
            "outside_availability": not self._is_free_of_closure(at, offering.duration),
            "not_a_slot": not self._is_on_grid(at, offering.interval),
            "slot_unavailable": any(
                at < taken.end and taken.start < at + (offering.duration + offering.buffer) * 60
                for taken in held
            ),
        }
        return next((code for code, refuses in refusals.items() if refuses), None)

    def _is_free_of_closure(self, at: float, duration: int) -> bool:
        end = at + duration * 60
        touched = range(math.floor(at / 60) * 60, math.ceil(end / 60) * 60, 60)
        return all(minute in self.open and minute not in self.blocked for minute in touched)

    def _is_on_grid(self, at: float, interval: int) -> bool:
        return at in self.origins and (at - self.origins[int(at)]) % (interval * 60) == 0

    def _is_too_far(self, offering: Offering, at: float, now: int) -> bool:
        if offering.max_advance is None:
            return False
        return self.read(at).date() - self.read(now).date() > timedelta(days=offering.max_advance)


def reads_within(reading: datetime, eve: Sequence[Window], own: Sequence[Window]) -> bool:
    """Whether the reading is in a window of its date, or in one that ran over from the eve."""
    minute = reading.hour * 60 + reading.minute
    return any(start <= minute and (minute < end or end <= start) for start, end in own) or any(
        end <= start and minute < end for start, end in eve
    )
