"""What several share: a start is listed while its own session has places and nothing else is there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloty_shared.scheduling import Held, judge, list_slots, places_left

from .drawn_calendars import Question, examples, questions

pytestmark = pytest.mark.timeout(7200)
MINUTE = 60


@st.composite
def sessions(draw: st.DrawFn, free: list[int], length: int) -> list[Held]:
    """At free starts, none over another; some are full, some began on longer or shorter terms."""
    drawn: list[Held] = []
    for start in sorted(draw(st.sets(st.sampled_from(free), max_size=5))) if free else []:
        lasts = length + draw(st.sampled_from([0, 0, 0, -MINUTE, MINUTE]))
        until = drawn[-1].end if drawn else start
        if start >= until and lasts > 0:
            drawn.append(Held(start, start + lasts, draw(st.integers(0, 2))))
    return drawn


def test_start_is_shared_while_places_are_left(*, long_run: bool) -> None:
    @examples(2_000 if long_run else 20)
    @given(questions(), st.data())
    def agree(question: Question, data: st.DataObject) -> None:
        calendar, start, end, now = question.loaded(), question.start, question.end, question.now
        offering = replace(question.offering, capacity=3)
        length = (offering.duration + offering.buffer) * MINUTE
        free = list_slots(calendar, offering, question.held, start=start, end=end, now=now)
        drawn = [
            session
            for session in data.draw(sessions(free, length))
            if not any(touch(session, taken) for taken in question.held)
        ]
        held = sorted([*question.held, *drawn])
        listed = list_slots(calendar, offering, held, start=start, end=end, now=now)
        assert listed == [at for at in free if all(gives_way(each, at, length) for each in held)]
        left = places_left(offering, held)
        for at in free:
            assert (judge(calendar, offering, held, at, now=now) is None) == (at in listed)
            own = [each.places for each in drawn if each.start == at]
            if at in listed:
                assert left.get(at, 3) == (own[0] if own else 3)

    agree()


def touch(one: Held, other: Held) -> bool:
    return one.start < other.end and other.start < one.end


def gives_way(taken: Held, at: int, length: int) -> bool:
    """Whether somebody may start at `at`: it is elsewhere, or it is what they would join."""
    if not touch(taken, Held(at, at + length)):
        return True
    return taken.places > 0 and (taken.start, taken.end) == (at, at + length)
