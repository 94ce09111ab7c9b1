"""Requests for approval that nobody answers: the worker ends them, once, and says so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from tests.factories import make_appointment

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_notifications.expire import expire_requests
from sloty_shared.approvals import UNANSWERED
from sloty_shared.models import Appointment, AppointmentStatus, Channel, NotificationKind, Webhook

from .desk import Desk
from .station import Station

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def request(desk: Desk, *, answer_in: timedelta) -> Appointment:
    with desk.owning() as session:
        appointment = make_appointment(session, starts_in=DAY, requires_approval=True)
        appointment.answer_by = desk.now() + answer_in
        return appointment


def test_unanswered_request_ends_and_its_customer_is_told(desk: Desk) -> None:
    late, waiting = request(desk, answer_in=-HOUR), request(desk, answer_in=HOUR)
    assert expire_requests(desk.database, now=desk.now()) == 1
    assert expire_requests(desk.database, now=desk.now()) == 0
    desk.deliver()
    ended = desk.read(late)
    assert (ended.status, ended.cancellation_reason) == (AppointmentStatus.CANCELLED, UNANSWERED)
    assert desk.read(waiting).awaits_approval
    assert [str(mail["X-Sloty-Kind"]) for mail in desk.office.accepted] == ["DECLINED"]


def test_webhooks_hear_of_a_request_that_ended(desk: Desk) -> None:
    late = request(desk, answer_in=-HOUR)
    with desk.owning() as session:
        for event in ("appointment.cancelled", "appointment.booked"):
            session.add(
                Webhook(
                    tenant_id=late.tenant_id,
                    url="https://hooks.example/",
                    events=[event],
                    secret=b"sealed",
                )
            )
    expire_requests(desk.database, now=desk.now())
    told = desk.notifications(late, NotificationKind.DECLINED)
    assert sorted(row.channel for row in told) == [Channel.EMAIL, Channel.WEBHOOK]
    [call] = [row for row in told if row.channel is Channel.WEBHOOK]
    assert call.payload["status"] == "CANCELLED"


def test_workers_at_once_end_each_request_once(desk: Desk) -> None:
    late = [request(desk, answer_in=-HOUR) for _ in range(6)]
    with ThreadPoolExecutor(3) as threads:
        counts = threads.map(lambda _: expire_requests(desk.database, now=desk.now()), range(3))
        assert sum(counts) == len(late)
    for each in late:
        assert len(desk.notifications(each, NotificationKind.DECLINED)) == 1


def test_worker_ends_requests_by_itself(
    desk: Desk, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> None:
    late = request(desk, answer_in=-HOUR)
    station = Station(database.app_url, broker.url, desk.office.url, tmp_path)
    with station.worker(), station.beat():
        desk.office.wait_until_handed(1)
    assert desk.read(late).status is AppointmentStatus.CANCELLED
    assert desk.office.handed[0]["X-Sloty-Kind"] == "DECLINED"
