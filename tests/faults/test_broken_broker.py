"""Reminders while the broker is emptied, killed and frozen."""

import signal
import time

import redis
from tests.services.notifications.desk import Desk

from .rush import Rush, repeatedly


def empty(rush: Rush) -> None:
    client = redis.Redis.from_url(rush.broker.url)
    client.flushall()
    client.close()


def test_emptied_broker_loses_nothing(rush: Rush, *, long_run: bool) -> None:
    rush.book(600 if long_run else 60, due_in=2)
    with rush.workers():
        times = 20 if long_run else 3
        repeatedly(lambda: empty(rush), times=times, every_seconds=2)
        rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_killed_broker_loses_nothing(rush: Rush, *, long_run: bool) -> None:
    rush.book(600 if long_run else 60, due_in=2)

    def kill() -> None:
        rush.broker.program.kill()
        time.sleep(0.5)
        rush.broker.program.start()

    with rush.workers():
        repeatedly(kill, times=20 if long_run else 3, every_seconds=1)
        rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_frozen_broker_only_delays(rush: Rush, *, long_run: bool) -> None:
    with rush.workers():
        process = rush.broker.program.process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        rush.book(600 if long_run else 60)
        time.sleep(60 if long_run else 3)
        process.send_signal(signal.SIGCONT)
        rush.wait_until_done(90)
    rush.check(most_repeats=0)


def test_absent_broker_at_start_only_delays(rush: Rush, desk: Desk) -> None:
    rush.book(6)
    rush.broker.program.kill()
    assert desk.office.accepted == []
    with rush.station.beat():
        rush.broker.program.start()
        with rush.station.worker():
            rush.wait_until_done(60)
    rush.check(most_repeats=0)
