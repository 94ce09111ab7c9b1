"""Appointments that are cancelled or moved within seconds of the time of their reminder."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from sloty_shared.models import Appointment, AppointmentStatus, Notification, NotificationStatus

from .rush import Rush

# What was cancelled so long before a mail went out must not have gone out.
GRACE = timedelta(seconds=5)
_LATER = timedelta(days=1)


def test_cancelled_and_moved_ones_are_reminded_right(rush: Rush, *, long_run: bool) -> None:
    count = 500 if long_run else 50
    rush.book(count, due_in=6)
    changed: dict[UUID, datetime] = {}
    with rush.workers():
        for number, appointment in enumerate(rush.appointments):
            change(rush, appointment, cancel=number % 2 == 0)
            changed[appointment.id] = datetime.now(UTC)
            time.sleep(random.uniform(0, 16 / count))
        time.sleep(6)
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
