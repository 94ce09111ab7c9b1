"""Many reminders due at once, and the proof that each of them arrived, was counted and was one."""

import logging
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import psutil
from sqlalchemy import func, select
from tests.factories import (
    make_appointment,
    make_customer,
    make_location,
    make_provider,
    make_reminder_rule,
    make_service,
    make_tenant,
)
from tests.services.notifications.desk import Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.station import Station

from sloty_deploy.program import RunningProgram
from sloty_deploy.scratch import ScratchBroker
from sloty_shared.models import (
    Appointment,
    Notification,
    NotificationKind,
    NotificationStatus,
)

TENANTS = 3
HOUR = timedelta(hours=1)
# The worker has no address of its own here, so its mails come from where it runs.
SENDER_DOMAIN = "localhost"
# The long forms wait for minutes by themselves.
LONGEST_SECONDS = 900

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Surroundings:
    """What workers have around them."""

    desk: Desk
    station: Station
    broker: ScratchBroker


@dataclass(frozen=True)
class Staff:
    """Who is at work: processes that run until somebody ends them."""

    workers: list[RunningProgram]
    beats: list[RunningProgram]

    @property
    def everybody(self) -> list[RunningProgram]:
        return [*self.workers, *self.beats]


@contextmanager
def staff(station: Station, *, workers: int = 1, beats: int = 1) -> Iterator[Staff]:
    """Workers of two processes each, and beats."""
    with ExitStack() as stack:
        yield Staff(
            [
                stack.enter_context(station.worker(f"worker{number}", children=2))
                for number in range(workers)
            ],
            [stack.enter_context(station.beat(f"beat{number}")) for number in range(beats)],
        )


@dataclass
class Rush:
    """Appointments that are to be reminded of, each once, whatever goes wrong around them."""

    surroundings: Surroundings
    appointments: list[Appointment] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return self.surroundings.desk

    @property
    def broker(self) -> ScratchBroker:
        return self.surroundings.broker

    @property
    def office(self) -> PostOffice:
        return self.desk.office

    @property
    def ids(self) -> list[UUID]:
        return [appointment.id for appointment in self.appointments]

    def book(self, count: int, *, due_in: float = 0.0) -> None:
        """Appointments of a few tenants, all reminded of within a second."""
        with self.desk.owning() as session:
            for number in range(TENANTS):
                tenant = make_tenant(session)
                make_reminder_rule(session, tenant=tenant, minutes_before=60)
                service = make_service(session, tenant=tenant)
                location = make_location(session, tenant=tenant)
                for _ in range(number, count, TENANTS):
                    soon = timedelta(seconds=due_in + random.random())
                    self.appointments.append(
                        make_appointment(
                            session,
                            tenant=tenant,
                            service=service,
                            location=location,
                            provider=make_provider(session, tenant=tenant, location=location),
                            customer=make_customer(session, tenant=tenant),
                            starts_in=HOUR + soon,
                        )
                    )

    def sent(self) -> int:
        with self.desk.owning() as session:
            query = select(func.count()).where(
                Notification.status == NotificationStatus.SENT,
                Notification.appointment_id.in_(self.ids),
            )
            return session.execute(query).scalar_one()

    def wait_until_done(self, within_seconds: float) -> None:
        began = time.monotonic()
        deadline = began + within_seconds
        while (sent := self.sent()) < len(self.appointments):
            assert time.monotonic() < deadline, self.what_is_left(sent)
            time.sleep(0.1)
        log.info("all recorded %.1f s after the last fault", time.monotonic() - began)

    def what_is_left(self, sent: int) -> str:
        with self.desk.owning() as session:
            rows = session.execute(
                select(Notification.status, Notification.reason, func.count())
                .where(Notification.appointment_id.in_(self.ids))
                .group_by(Notification.status, Notification.reason)
            ).all()
        return f"{sent} of {len(self.appointments)} sent: {[tuple(row) for row in rows]}"

    def check(self, *, most_repeats: int | None = None) -> None:
        """Each reminder arrived under an id of its own, and the database says so of each."""
        with self.desk.owning() as session:
            rows = session.scalars(
                select(Notification).where(
                    Notification.kind == NotificationKind.REMINDER,
                    Notification.appointment_id.in_(self.ids),
                )
            ).all()
            counted = {
                row.id: (row.reminders_sent, row.last_reminder_at)
                for row in session.scalars(select(Appointment).where(Appointment.id.in_(self.ids)))
            }
        arrived = Counter(str(mail["Message-ID"]) for mail in self.office.accepted)
        assert {row.status for row in rows} == {NotificationStatus.SENT}
        expected = {f"<{row.id}@{SENDER_DOMAIN}>" for row in rows}
        assert arrived.keys() == expected
        assert len(rows) == len(self.appointments)
        assert {row.appointment_id: (1, row.sent_at) for row in rows} == counted
        repeats = sum(arrived.values()) - len(arrived)
        log.info("%d arrived, %d ids, %d repeats", arrived.total(), len(arrived), repeats)
        if most_repeats is not None:
            assert repeats <= most_repeats, arrived


def repeatedly(act: Callable[[], object], *, times: int, every_seconds: float) -> None:
    for _ in range(times):
        time.sleep(every_seconds)
        act()


def kill_a_child(workers: list[RunningProgram]) -> None:
    """kill -9 of one process that sends, whichever it is."""
    children = [child for worker in workers for child in children_of(worker)]
    if children:
        kill(random.choice(children))


def kill(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return


def children_of(worker: RunningProgram) -> list[psutil.Process]:
    assert worker.process is not None
    try:
        return psutil.Process(worker.process.pid).children()
    except psutil.NoSuchProcess:
        return []


def replace(worker: RunningProgram, end: Callable[[], None]) -> None:
    """End a worker as a crash or an operator would, and start it again as a supervisor does."""
    end()
    worker.log.unlink(missing_ok=True)
    worker.start()
