"""Reminders while workers and their processes are killed and stopped."""

import random
import time
from collections.abc import Iterator

import pytest

from .rush import (
    LONGEST_SECONDS,
    Rush,
    Staff,
    Surroundings,
    kill_a_child,
    repeatedly,
    replace,
    staff,
)

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


@pytest.fixture(scope="module")
def workers(surroundings: Surroundings) -> Iterator[Staff]:
    """Two, so that one goes on while the other is down."""
    with staff(surroundings.station, workers=2) as running:
        yield running


def test_killed_children_lose_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    count, kills = (600, 60) if long_run else (60, 6)
    rush.office.pause = 0.05
    rush.book(count)
    repeatedly(
        lambda: kill_a_child(workers.workers), times=kills, every_seconds=0.5 if long_run else 0.3
    )
    rush.wait_until_done(90)
    rush.check(most_repeats=kills)


def test_killed_workers_lose_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    count, kills = (600, 20) if long_run else (60, 1)
    rush.office.pause = 0.05
    rush.book(count)
    for _ in range(kills):
        time.sleep(0.5)
        worker = random.choice(workers.workers)
        replace(worker, worker.kill)
    rush.wait_until_done(90)
    rush.check(most_repeats=2 * kills)


def test_workers_stopped_in_a_row_repeat_nothing(
    rush: Rush, workers: Staff, *, long_run: bool
) -> None:
    count, stops = (600, 20) if long_run else (60, 2)
    rush.office.pause = 0.05
    rush.book(count)
    for number in range(stops):
        worker = workers.workers[number % len(workers.workers)]
        replace(worker, worker.stop)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)
