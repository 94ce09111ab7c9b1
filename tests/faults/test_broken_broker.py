"""Reminders while the broker is emptied, killed and frozen."""

import random
import signal
import time

import pytest
import redis
from sqlalchemy import func, select

from sloty_shared.models import Pulse

from .rush import LONGEST_SECONDS, Rush, Staff, Surroundings, repeatedly, staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)
# The worker sends itself a task with each tick, which is a second here.
BREATHES_WITHIN_SECONDS = 30


def empty(rush: Rush) -> None:
    client = redis.Redis.from_url(rush.broker.url)
    client.flushall()
    client.close()


def check_that_nobody_gave_up(rush: Rush, workers: Staff) -> None:
    """The processes are those of the beginning, and they take tasks without anybody's help."""
    assert {program.process.poll() for program in workers.everybody if program.process} == {None}
    with rush.desk.owning() as session:
        now = session.scalar(select(func.clock_timestamp()))
    breathes = select(func.max(Pulse.breathed_at) > now)
    deadline = time.monotonic() + BREATHES_WITHIN_SECONDS
    while True:
        with rush.desk.owning() as session:
            if session.scalar(breathes):
                return
        assert time.monotonic() < deadline, "the worker takes no tasks"
        time.sleep(0.1)


def test_emptied_broker_loses_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    rush.book(600 if long_run else 60, due_in=1)
    times, pause = (20, 2.0) if long_run else (4, 0.5)
    repeatedly(lambda: empty(rush), times=times, every_seconds=pause)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)
    check_that_nobody_gave_up(rush, workers)


def test_killed_broker_loses_nothing(rush: Rush, workers: Staff, *, long_run: bool) -> None:
    rush.book(600 if long_run else 60, due_in=1)

    def kill() -> None:
        time.sleep(random.random())
        rush.broker.program.kill()
        time.sleep(random.random())
        rush.broker.program.start()

    repeatedly(kill, times=100 if long_run else 2, every_seconds=0.2)
    rush.wait_until_done(90)
    rush.check(most_repeats=0)
    check_that_nobody_gave_up(rush, workers)


def test_frozen_broker_only_delays(rush: Rush, workers: Staff, *, long_run: bool) -> None:
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
    check_that_nobody_gave_up(rush, workers)


def test_absent_broker_at_start_only_delays(surroundings: Surroundings, rush: Rush) -> None:
    rush.book(6)
    rush.broker.program.kill()
    with staff(surroundings.station, workers=0):
        rush.broker.program.start()
        with surroundings.station.worker("late"):
            rush.wait_until_done(60)
    rush.check(most_repeats=0)
