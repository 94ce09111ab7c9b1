"""Reminders while the broker is emptied, killed and frozen."""

import signal
import time

import pytest
import redis

from .rush import LONGEST_SECONDS, Rush, Staff, Surroundings, repeatedly, staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


def empty(rush: Rush) -> None:
    client = redis.Redis.from_url(rush.broker.url)
    client.flushall()
    client.close()


def test_emptied_broker_loses_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    assert workers.workers
    rush.book(600 if long_run else 60, due_in=1)
    times, pause = (20, 2.0) if long_run else (4, 0.5)
    repeatedly(lambda: empty(rush), times=times, every_seconds=pause)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_killed_broker_loses_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    assert workers.workers
    rush.book(600 if long_run else 60, due_in=1)

    def kill() -> None:
        rush.broker.program.kill()
        time.sleep(0.5)
        rush.broker.program.start()

    repeatedly(kill, times=20 if long_run else 2, every_seconds=1 if long_run else 0.5)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_frozen_broker_only_delays(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    assert workers.workers
    process = rush.broker.program.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        rush.book(600 if long_run else 60)
        time.sleep(60 if long_run else 2)
    finally:
        process.send_signal(signal.SIGCONT)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_absent_broker_at_start_only_delays(surroundings: Surroundings, rush: Rush) -> None:
    rush.book(6)
    rush.broker.program.kill()
    with staff(surroundings.station, workers=0):
        rush.broker.program.start()
        with surroundings.station.worker("late"):
            rush.wait_until_done(60)
    rush.check(most_repeats=0)
