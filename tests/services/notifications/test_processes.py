"""The worker and beat as processes: killed, stopped, doubled, and with an emptied broker."""

import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from tests.factories import (
    make_appointment,
    make_customer,
    make_notification,
    make_provider,
    make_reminder_rule,
    make_service,
    make_tenant,
)

from sloty_deploy.program import RunningProgram
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import (
    Appointment,
    NotificationStatus,
    ProviderAvailability,
    WaitlistEntry,
    WaitlistStatus,
)

from .desk import Desk
from .station import Station


@pytest.fixture
def station(desk: Desk, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path) -> Station:
    return Station(database.app_url, broker.url, desk.office.url, tmp_path)


def book(desk: Desk, *, reminded_in: timedelta) -> Appointment:
    """A booking that owes its confirmation now and a reminder soon."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant, minutes_before=60)
        start = timedelta(hours=1) + reminded_in
        appointment = make_appointment(session, tenant=tenant, starts_in=start)
        make_notification(session, appointment=appointment)
        return appointment


def join_a_waitlist(desk: Desk) -> WaitlistEntry:
    """Somebody who waits for any of the coming days, on which a provider is open."""
    today = datetime.now(UTC).date()
    with desk.owning() as session:
        tenant = make_tenant(session)
        provider = make_provider(session, tenant=tenant)
        hours = {"provider_id": provider.id, "start_time": "09:00", "end_time": "17:00"}
        session.add_all(
            ProviderAvailability(tenant_id=tenant.id, day_of_week=day, **hours) for day in range(7)
        )
        entry = WaitlistEntry(
            tenant_id=tenant.id,
            service_id=make_service(session, tenant=tenant).id,
            customer_id=make_customer(session, tenant=tenant).id,
            from_date=today + timedelta(days=2),
            to_date=today + timedelta(days=3),
            code=new_confirmation_code(),
        )
        session.add(entry)
        session.flush()
        return entry


def kinds(desk: Desk) -> list[str]:
    return [str(mail["X-Sloty-Kind"]) for mail in desk.office.accepted]


def pid_of(program: RunningProgram) -> int:
    assert program.process is not None
    return program.process.pid


def test_emptied_broker_and_two_beats_remind_once(
    desk: Desk, station: Station, broker: ScratchBroker
) -> None:
    # Nobody is killed, and on a busy machine a short lease would end while its holder waits.
    station = replace(station, changes={"SLOTY_LEASE_SECONDS": "45"})
    with station.worker(children=2), station.beat("beat"), station.beat("second-beat"):
        appointment = book(desk, reminded_in=timedelta(seconds=4))
        desk.office.wait_until_handed(1)
        broker.program.kill()
        broker.program.start()
        desk.office.wait_until_handed(2)
        time.sleep(2)
    assert kinds(desk) == ["BOOKED", "REMINDER"]
    [reminder] = desk.notifications(appointment)
    counted = desk.read(appointment)
    assert (counted.reminders_sent, counted.last_reminder_at) == (1, reminder.sent_at)


def test_killed_child_leaves_its_message_to_the_next(desk: Desk, station: Station) -> None:
    desk.office.pause = 60
    with station.worker() as worker, station.beat():
        book(desk, reminded_in=timedelta(days=1))
        desk.office.wait_until_handed(1)
        [child] = psutil.Process(pid_of(worker)).children()
        desk.office.pause = 0
        os.kill(child.pid, signal.SIGKILL)
        desk.office.wait_until_handed(2)
    first, second = desk.office.handed
    assert first["Message-ID"] == second["Message-ID"]
    assert kinds(desk) == ["BOOKED"]


def test_worker_without_beat_scans_by_itself(desk: Desk, station: Station) -> None:
    with station.worker():
        book(desk, reminded_in=timedelta(0))
        desk.office.wait_until_handed(2)
    assert sorted(kinds(desk)) == ["BOOKED", "REMINDER"]


def test_workers_offer_a_free_time_once(desk: Desk, station: Station) -> None:
    with station.worker("one"), station.worker("other"), station.beat():
        entry = join_a_waitlist(desk)
        desk.office.wait_until_handed(1)
        time.sleep(2)
    assert kinds(desk) == ["WAITLIST_OFFER"]
    assert desk.read(entry).status is WaitlistStatus.OFFERED


def test_stopped_worker_finishes_one_and_gives_back_the_rest(desk: Desk, station: Station) -> None:
    desk.office.pause = 1
    with desk.owning() as session:
        tenant = make_tenant(session)
        service = make_service(session, tenant=tenant)
        rows = [
            make_notification(
                session, appointment=make_appointment(session, tenant=tenant, service=service)
            )
            for _ in range(8)
        ]
    with station.worker() as worker, station.beat():
        desk.office.wait_until_handed(2)
        started = time.monotonic()
        worker.stop()
        assert time.monotonic() - started < 10
        assert worker.process is not None
        assert worker.process.returncode == 0
    after = [desk.read(row) for row in rows]
    sent = [row for row in after if row.status is NotificationStatus.SENT]
    assert len(sent) == len(desk.office.accepted) == len(desk.office.handed)
    rest = {(row.status, row.attempts) for row in after if row not in sent}
    assert rest == {(NotificationStatus.PENDING, 0)}


@pytest.mark.parametrize("role", ["worker", "beat"])
def test_wrong_setting_ends_it_with_one_line(station: Station, role: str) -> None:
    refused = station.refusal(role, {"SLOTY_SMTP_URL": ""})
    assert refused.stderr == "SLOTY_SMTP_URL: is required\n"
    assert refused.returncode != 0


def test_role_that_owns_the_tables_is_refused(station: Station, database: DatabaseUrls) -> None:
    refused = station.refusal("worker", {"SLOTY_APP_DATABASE_URL": database.owner_url})
    assert refused.stderr.startswith("SLOTY_APP_DATABASE_URL: the role must be unprivileged")
    assert refused.stderr.count("\n") == 1
    assert refused.returncode != 0


def test_database_not_migrated_is_refused(station: Station, empty_database: DatabaseUrls) -> None:
    refused = station.refusal("worker", {"SLOTY_APP_DATABASE_URL": empty_database.app_url})
    assert refused.stderr == "SLOTY_APP_DATABASE_URL: the database is not migrated.\n"
    assert refused.returncode != 0
