"""Reminders while beat is stopped for long, and while there are three of it."""

import time

import pytest

from .rush import LONGEST_SECONDS, Rush, Staff, Surroundings, staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


def test_stopped_beat_delays_nothing_for_long(
    rush: Rush, workers: Staff, *, long_run: bool
) -> None:
    [beat] = workers.beats
    beat.stop()
    stopped = time.monotonic()
    rush.book(60, due_in=298 if long_run else 2)
    try:
        rush.wait_until_done(360 if long_run else 30)
        assert time.monotonic() - stopped >= (298 if long_run else 2)
    finally:
        beat.start()
    rush.check(most_repeats=0)


def test_three_beats_remind_once(
    surroundings: Surroundings, rush: Rush, workers: Staff, *, long_run: bool
) -> None:
    assert workers.beats
    with staff(surroundings.station.named("further"), workers=0, beats=2):
        rush.book(600 if long_run else 60)
        rush.wait_until_done(60)
        time.sleep(10 if long_run else 2)
    rush.check(most_repeats=0)
