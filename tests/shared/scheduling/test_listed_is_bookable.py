"""Listing and deciding never disagree, and the reason given is the first that holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloty_shared.scheduling import Refusal, judge, list_slots

from .drawn_calendars import Question, examples, questions
from .minute_by_minute import MinuteByMinute

pytestmark = pytest.mark.timeout(7200)


def test_listed_is_bookable_and_else_refused(*, long_run: bool) -> None:
    @examples(2_000 if long_run else 25)
    @given(questions(), st.integers(0, 4), st.integers(1, 59))
    def agree(question: Question, minute: int, second: int) -> None:
        calendar, offering, held = question.loaded(), question.offering, question.held
        start, end, now = question.start, question.end, question.now
        slots = list_slots(calendar, offering, held, start=start, end=end, now=now)
        raster = range(-(-start // 300) * 300 + minute * 60, end, 300)
        listed = slots[:: 1 + len(slots) // 100]
        off_grid = (at + second for at in [*listed, *raster[::4]] if at + second < end)
        minutes = MinuteByMinute.about(question)
        for at in {*listed, *raster, *off_grid}:
            refusal = judge(calendar, offering, held, at, now=now)
            assert (refusal is None) == (at in slots)
            assert code(refusal) == minutes.verdict(offering, held, at, now)

    agree()


def test_fraction_of_second_is_never_bookable(*, long_run: bool) -> None:
    @examples(1_000 if long_run else 20)
    @given(questions())
    def agree(question: Question) -> None:
        calendar, offering, held = question.loaded(), question.offering, question.held
        minutes = MinuteByMinute.about(question)
        for at in range(-(-question.start // 900) * 900, question.end, 900):
            refusal = judge(calendar, offering, held, at, now=question.now, whole_second=False)
            assert code(refusal) is not None
            assert code(refusal) == minutes.verdict(offering, held, at + 0.5, question.now)

    agree()


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code.value
