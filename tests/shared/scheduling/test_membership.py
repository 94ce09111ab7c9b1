"""The engine against the contract's sentences, minute by minute."""

import pytest
from hypothesis import given

from sloty_shared.scheduling import blocked_times, list_slots, open_windows

from .drawn_calendars import Question, examples, questions
from .minute_by_minute import MinuteByMinute

pytestmark = pytest.mark.timeout(7200)


def test_slots_are_what_every_minute_says(*, long_run: bool) -> None:
    @examples(20_000 if long_run else 60)
    @given(questions())
    def agree(question: Question) -> None:
        offering, held, now = question.offering, question.held, question.now
        start, end = question.start, question.end
        minutes = MinuteByMinute.about(question)
        assert list_slots(question.loaded(), offering, held, start=start, end=end, now=now) == [
            at
            for at in sorted(minutes.open)
            if start <= at < end and minutes.verdict(offering, held, at, now) is None
        ]

    agree()


def test_windows_and_blocks_are_what_every_minute_says(*, long_run: bool) -> None:
    @examples(5_000 if long_run else 40)
    @given(questions())
    def agree(question: Question) -> None:
        start, end = question.start // 60 * 60, question.end // 60 * 60 + 60
        minutes = MinuteByMinute(question.calendar, start, end)
        assert open_windows(question.loaded(), start, end) == minutes.spans_of(minutes.open)
        blocked = blocked_times(question.loaded(), start, end)
        assert blocked == sorted(blocked, key=lambda taken: taken[:2])
        taken = {at for since, until, _ in blocked for at in range(since, until, 60)}
        assert taken == minutes.blocked

    agree()
