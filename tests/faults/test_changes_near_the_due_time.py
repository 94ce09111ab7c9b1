"""Appointments that are cancelled or moved within seconds of the time of their reminder."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from sloty_shared.models import Appointment, AppointmentStatus, Notification, NotificationStatus

from .rush import LONGEST_SECONDS, Rush, Staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)

# What was cancelled so long before a mail went out must not have gone out.
GRACE = timedelta(seconds=5)
_LATER = timedelta(days=1)
_UNSETTLED = text(
    "SELECT EXISTS (SELECT FROM notifications WHERE status IN ('PENDING', 'SENDING')) "
    "OR EXISTS (SELECT FROM appointments WHERE remind_at <= now())"
)


def test_cancelled_and_moved_ones_are_reminded_right(
    rush: Rush, workers: Staff, *, long_run: bool
) -> None:
    assert workers.workers
    count, lead, spread = (500, 6.0, 16.0) if long_run else (50, 2.0, 5.0)
    rush.book(count, due_in=lead)
    changed: dict[UUID, datetime] = {}
    for number, appointment in enumerate(rush.appointments):
        change(rush, appointment, cancel=number % 2 == 0)
        changed[appointment.id] = datetime.now(UTC)
        time.sleep(random.uniform(0, spread / count))
    wait_until_settled(rush)
    with rush.desk.owning() as session:
        rows = session.scalars(select(Notification)).all()
    wrong = [
        row
        for row in rows
        if row.sent_at is not None
        and row.appointment_id is not None
        and row.sent_at > changed[row.appointment_id] + GRACE
    ]
    assert wrong == []
    assert {row.status for row in rows} <= {NotificationStatus.SENT, NotificationStatus.SKIPPED}
    remind_anew(rush)


def wait_until_settled(rush: Rush) -> None:
    """Until nothing is owed any more and no appointment waits to be looked at for now."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with rush.desk.owning() as session:
            if not session.scalar(_UNSETTLED):
                return
        time.sleep(0.2)


def change(rush: Rush, appointment: Appointment, *, cancel: bool) -> None:
    with rush.desk.owning() as session:
        ours = session.get_one(Appointment, appointment.id, with_for_update=True)
        if cancel:
            ours.cancel("Ill", now=datetime.now(UTC))
        else:
            for moment in ("start_time", "end_time", "held_until"):
                setattr(ours, moment, getattr(ours, moment) + _LATER)
            ours.remind_at = datetime.now(UTC)


def remind_anew(rush: Rush) -> None:
    """A day later each moved one is reminded of its new time, once, and no cancelled one is."""
    rush.desk.wait(_LATER)
    rush.desk.plan()
    while True:
        before = len(rush.office.accepted)
        rush.desk.deliver()
        if len(rush.office.accepted) == before:
            break
    with rush.desk.owning() as session:
        moved = session.scalars(
            select(Appointment.id).where(Appointment.status == AppointmentStatus.SCHEDULED)
        ).all()
        reminded = session.execute(
            text(
                "SELECT n.appointment_id FROM notifications n "
                "JOIN appointments a ON a.id = n.appointment_id AND a.start_time = n.start_time "
                "WHERE n.status = 'SENT' AND a.status = 'SCHEDULED'"
            )
        ).scalars()
        assert Counter(reminded) == Counter(moved)
