"""Reminders while the mail server refuses, says nothing, is busy, or breaks off."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tests.services.notifications.post_office import DROP, PostOffice

from .rush import LONGEST_SECONDS, Rush, Staff, Surroundings, staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


@pytest.fixture(scope="module")
def port() -> int:
    """Where mail is sent, whoever answers there."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        return int(reserved.getsockname()[1])


@pytest.fixture(scope="module")
def workers(surroundings: Surroundings, port: int) -> Iterator[Staff]:
    station = replace(surroundings.station, smtp_url=f"smtp://127.0.0.1:{port}")
    with staff(station) as running:
        yield running


@contextmanager
def opened(rush: Rush, port: int) -> Iterator[PostOffice]:
    """The mail server that answers at last."""
    with PostOffice(port=port) as office:
        rush.desk.office = office
        yield office


def test_refusing_mail_server_only_delays(
    rush: Rush, workers: Staff, port: int, *, long_run: bool
) -> None:
    assert workers.workers
    rush.book(60)
    time.sleep(120 if long_run else 2)
    with opened(rush, port):
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_silent_mail_server_only_delays(
    rush: Rush, workers: Staff, port: int, *, long_run: bool
) -> None:
    assert workers.workers
    rush.book(60)
    with socket.create_server(("127.0.0.1", port)):
        time.sleep(60 if long_run else 2)
    with opened(rush, port):
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_busy_mail_server_only_delays(
    rush: Rush, workers: Staff, port: int, *, long_run: bool
) -> None:
    assert workers.workers
    count = 300 if long_run else 20
    with opened(rush, port) as office:
        office.to_recipient.extend(["451 4.7.1 Try again later"] * count)
        rush.book(count)
        rush.wait_until_done(60)
    rush.check(most_repeats=0)


def test_answers_lost_after_data_repeat_the_same_mail(
    rush: Rush, workers: Staff, port: int, *, long_run: bool
) -> None:
    assert workers.workers
    count, lost = (300, 60) if long_run else (20, 4)
    with opened(rush, port) as office:
        rush.book(count)
        office.to_data.extend([DROP] * lost)
        rush.wait_until_done(60)
    assert len(office.handed) == count + lost
    assert {mail["Message-ID"] for mail in office.handed} == {
        mail["Message-ID"] for mail in office.accepted
    }
    rush.check(most_repeats=0)
