"""Calls of webhooks: signed, repeated for days, and never to a private address."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from tests.factories import make_appointment, make_notification, make_reminder_rule

from sloty_notifications.channels.webhook import WebhookCarrier
from sloty_notifications.prepare import WEBHOOK_SECRET
from sloty_notifications.retry import WEBHOOK_PAUSES, most_tries
from sloty_shared.appointment_events import appointment_data
from sloty_shared.models import (
    Appointment,
    AppointmentStatus,
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
    Tenant,
    Webhook,
)

from .desk import ENCRYPTION, Desk
from .listener import Listener

SECRET = b"0123456789abcdef0123456789abcdef"
TICK = timedelta(seconds=1)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def listening(desk: Desk, url: str, **columns: Any) -> tuple[Webhook, Notification]:
    """A webhook at this address, and a booking that it is owed."""
    with desk.owning() as session:
        appointment = make_appointment(session)
        webhook = Webhook(
            tenant_id=appointment.tenant_id,
            url=url,
            events=["appointment.booked", "appointment.reminder"],
            secret=ENCRYPTION.seal(SECRET, WEBHOOK_SECRET),
            **columns,
        )
        session.add(webhook)
        session.flush()
        owed = make_notification(
            session,
            appointment=appointment,
            recipient=str(webhook.id),
            channel=Channel.WEBHOOK,
            payload=appointment_data(appointment),
        )
        return webhook, owed


def call(desk: Desk, *, allow_private: bool = True, patience: float = 5.0) -> None:
    carrier = WebhookCarrier(allow_private=allow_private, patience=patience)
    desk.deliver(carrier, channel=Channel.WEBHOOK)


def test_call_is_signed_and_tells_what_happened(desk: Desk, listener: Listener) -> None:
    webhook, owed = listening(desk, listener.url)
    call(desk)
    [heard] = listener.heard
    assert heard.headers["webhook-id"] == str(owed.id)
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["host"] == f"127.0.0.1:{listener.port}"
    told = Verifier(SECRET).verify(heard.body, heard.headers)
    assert told.keys() == {"type", "timestamp", "data"}
    assert told["type"] == "appointment.booked"
    assert told["data"]["id"] == str(owed.appointment_id)
    assert told["data"]["status"] == "SCHEDULED"
    assert told["data"]["startTime"].endswith("Z")
    assert desk.read(owed).status is NotificationStatus.SENT
    assert desk.read(webhook).failing_since is None


def test_event_is_told_as_it_happened(desk: Desk, listener: Listener) -> None:
    _, owed = listening(desk, listener.url)
    with desk.owning() as session:
        session.get_one(Appointment, owed.appointment_id).status = AppointmentStatus.CANCELLED
    call(desk)
    assert json.loads(listener.heard[0].body)["data"]["status"] == "SCHEDULED"


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_anything_but_acceptance_is_repeated(desk: Desk, listener: Listener, status: int) -> None:
    webhook, owed = listening(desk, listener.url)
    listener.answers.append(status)
    call(desk)
    owed = desk.read(owed)
    assert (owed.status, owed.reason) == (
        NotificationStatus.PENDING,
        f"The webhook answered {status}.",
    )
    assert desk.read(webhook).failing_since is not None
    desk.wait(timedelta(seconds=7))
    call(desk)
    assert [heard.headers["webhook-id"] for heard in listener.heard] == [str(owed.id)] * 2
    assert {heard.path for heard in listener.heard} == {"/hook"}
    assert desk.read(owed).status is NotificationStatus.SENT
    assert desk.read(webhook).failing_since is None


def test_repeats_go_on_for_days_until_it_is_paused(desk: Desk, listener: Listener) -> None:
    webhook, owed = listening(desk, listener.url)
    listener.answers.extend([500] * 20)
    for pause in (*WEBHOOK_PAUSES, timedelta(0)):
        call(desk)
        desk.wait(pause * 1.2 + TICK)
    owed = desk.read(owed)
    assert owed.status is NotificationStatus.FAILED
    assert len(listener.heard) == owed.attempts == most_tries(Channel.WEBHOOK) == 10
    assert desk.read(webhook).paused_at is not None


def test_gone_webhook_is_paused_at_once(desk: Desk, listener: Listener) -> None:
    webhook, owed = listening(desk, listener.url)
    listener.answers.append(410)
    call(desk)
    assert desk.read(owed).status is NotificationStatus.FAILED
    assert desk.read(webhook).paused_at is not None


def test_paused_webhook_is_not_called(desk: Desk, listener: Listener) -> None:
    webhook, owed = listening(desk, listener.url)
    desk.change(webhook, paused_at=desk.now())
    call(desk)
    owed = desk.read(owed)
    assert owed.status is NotificationStatus.SKIPPED
    assert owed.reason is not None
    assert owed.reason.startswith("The webhook is paused")
    assert listener.heard == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"]
)
def test_private_address_is_never_called(desk: Desk, listener: Listener, host: str) -> None:
    _, owed = listening(desk, f"http://{host}:{listener.port}/hook")
    call(desk, allow_private=False)
    owed = desk.read(owed)
    assert (owed.status, owed.reason) == (
        NotificationStatus.FAILED,
        "The webhook's address is not on the public internet.",
    )
    assert listener.heard == []


def test_slow_webhook_is_waited_for_no_longer_than_patience(desk: Desk, listener: Listener) -> None:
    _, owed = listening(desk, listener.url)
    listener.pause = 3
    started = time.monotonic()
    call(desk, patience=0.4)
    assert time.monotonic() - started < 2.5
    assert desk.read(owed).reason == "The webhook did not answer in time."


def test_dribbling_webhook_is_waited_for_no_longer_than_patience(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        _, owed = listening(desk, f"http://127.0.0.1:{server.getsockname()[1]}/")
        started = time.monotonic()
        call(desk, patience=0.4)
        assert time.monotonic() - started < 2.5
    assert desk.read(owed).reason == "The webhook did not answer in time."


def test_nobody_listening_is_tried_again(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    _, owed = listening(desk, f"http://127.0.0.1:{port}/")
    call(desk)
    owed = desk.read(owed)
    assert owed.status is NotificationStatus.PENDING
    assert owed.reason is not None
    assert owed.reason.startswith("The webhook is out of reach")


def test_one_dead_webhook_does_not_hold_up_others(desk: Desk, listener: Listener) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for _ in range(3):
        listening(desk, f"http://127.0.0.1:{port}/")
    rows = [listening(desk, listener.url)[1] for _ in range(3)]
    call(desk)
    assert {desk.read(row).status for row in rows} == {NotificationStatus.SENT}


def test_reminder_is_told_once_for_its_minutes(desk: Desk, listener: Listener) -> None:
    webhook, owed = listening(desk, listener.url)
    with desk.owning() as session:
        appointment = session.get_one(Appointment, owed.appointment_id)
        tenant = session.get_one(Tenant, appointment.tenant_id)
        for channel in (Channel.EMAIL, Channel.WEBHOOK):
            make_reminder_rule(session, tenant=tenant, channel=channel)
    desk.wait(timedelta(hours=2, seconds=1))
    desk.scan()
    call(desk)
    bodies = [json.loads(heard.body) for heard in listener.heard]
    assert sorted(body["type"] for body in bodies) == ["appointment.booked", "appointment.reminder"]
    reminders = desk.notifications(appointment)
    assert sorted(row.channel for row in reminders) == [Channel.EMAIL, Channel.WEBHOOK]
    assert {row.status for row in reminders} == {NotificationStatus.SENT}
    assert {row.recipient for row in reminders if row.channel is Channel.WEBHOOK} == {
        str(webhook.id)
    }
    assert desk.read(appointment).reminders_sent == 1


def test_trying_says_nothing_of_anybody(desk: Desk, listener: Listener) -> None:
    _, owed = listening(desk, listener.url)
    desk.change(owed, kind=NotificationKind.TEST, appointment_id=None, payload={"a": 1})
    call(desk)
    body = json.loads(listener.heard[0].body)
    assert (body["type"], body["data"]) == ("webhook.test", {"a": 1})
