"""Reminders while workers are killed, stopped, doubled, and left without beat."""

import random
import time
from contextlib import ExitStack

from .rush import Rush, kill_a_child, repeatedly, replace


def test_killed_children_lose_nothing(rush: Rush, *, long_run: bool) -> None:
    count, kills = (600, 60) if long_run else (60, 6)
    rush.office.pause = 0.05
    rush.book(count)
    with rush.workers() as workers:
        repeatedly(lambda: kill_a_child(workers), times=kills, every_seconds=0.5)
        rush.wait_until_done(90)
    rush.check(most_repeats=kills)


def test_killed_workers_lose_nothing(rush: Rush, *, long_run: bool) -> None:
    count, kills = (600, 20) if long_run else (60, 2)
    rush.office.pause = 0.05
    rush.book(count)
    with rush.workers() as workers:
        for _ in range(kills):
            time.sleep(0.5)
            worker = random.choice(workers)
            replace(worker, worker.kill)
        rush.wait_until_done(90)
    rush.check(most_repeats=2 * kills)


def test_workers_stopped_in_a_row_repeat_nothing(rush: Rush, *, long_run: bool) -> None:
    count, stops = (600, 20) if long_run else (60, 2)
    rush.office.pause = 0.05
    rush.book(count)
    with rush.workers() as workers:
        for number in range(stops):
            worker = workers[number % len(workers)]
            replace(worker, worker.stop)
        rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_stopped_beat_delays_nothing_for_long(rush: Rush, *, long_run: bool) -> None:
    rush.book(60, due_in=300 if long_run else 6)
    with ExitStack() as stack:
        beat = stack.enter_context(rush.station.beat())
        stack.enter_context(rush.workers(1, beats=0))
        beat.stop()
        rush.wait_until_done(360 if long_run else 30)
    rush.check(most_repeats=0)


def test_three_beats_remind_once(rush: Rush) -> None:
    rush.book(60)
    with rush.workers(1, beats=3):
        rush.wait_until_done(60)
        time.sleep(2)
    rush.check(most_repeats=0)
