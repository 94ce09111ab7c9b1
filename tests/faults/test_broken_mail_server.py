"""Reminders while the mail server refuses, says nothing, is busy, or breaks off."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.services.notifications.post_office import DROP, PostOffice

from .rush import Rush


@contextmanager
def opened_late(rush: Rush, meanwhile: Callable[[int], None]) -> Iterator[None]:
    """Workers whose mail server begins to answer only after this has gone on with its port."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    rush.station = replace(rush.station, smtp_url=f"smtp://127.0.0.1:{port}")
    with rush.workers(1):
        meanwhile(port)
        with PostOffice(port=port) as office:
            rush.desk.office = office
            yield


def test_refusing_mail_server_only_delays(rush: Rush, *, long_run: bool) -> None:
    rush.book(60)
    with opened_late(rush, lambda _port: time.sleep(120 if long_run else 3)):
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_silent_mail_server_only_delays(rush: Rush, *, long_run: bool) -> None:
    rush.book(60)

    def say_nothing(port: int) -> None:
        with socket.create_server(("127.0.0.1", port)):
            time.sleep(60 if long_run else 3)

    with opened_late(rush, say_nothing):
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_busy_mail_server_only_delays(rush: Rush, *, long_run: bool) -> None:
    count = 300 if long_run else 30
    rush.office.to_recipient.extend(["451 4.7.1 Try again later"] * count)
    rush.book(count)
    with rush.workers(1):
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_answers_lost_after_data_repeat_the_same_mail(rush: Rush, *, long_run: bool) -> None:
    count, lost = (300, 60) if long_run else (30, 6)
    rush.book(count)
    rush.office.to_data.extend([DROP] * lost)
    with rush.workers(1):
        rush.wait_until_done(60)
    assert len(rush.office.handed) == count + lost
    assert {mail["Message-ID"] for mail in rush.office.handed} == {
        mail["Message-ID"] for mail in rush.office.accepted
    }
    rush.check(most_repeats=0)
