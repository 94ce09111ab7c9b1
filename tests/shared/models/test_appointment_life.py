"""An appointment's life: which changes it allows, what they leave behind, when it is reminded of."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from tests.factories import make_appointment, owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentStatus,
    HeldTime,
    InvalidTransition,
    TooEarly,
)

START = datetime(2030, 1, 7, 9, tzinfo=UTC)
AFTER = START + timedelta(minutes=1)
BEFORE = START - timedelta(microseconds=1)
# The contract's table, row by row.
ALLOWED = {
    "SCHEDULED": "CONFIRMED CHECKED_IN CANCELLED NO_SHOW RESCHEDULED",
    "CONFIRMED": "CHECKED_IN CANCELLED NO_SHOW RESCHEDULED",
    "CHECKED_IN": "IN_PROGRESS CANCELLED",
    "IN_PROGRESS": "COMPLETED",
    "COMPLETED": "",
    "CANCELLED": "",
    "NO_SHOW": "",
    "RESCHEDULED": "",
}
NEVER_EARLY = [("SCHEDULED", "NO_SHOW"), ("CONFIRMED", "NO_SHOW"), ("IN_PROGRESS", "COMPLETED")]


def appointment(status: str = "SCHEDULED", **columns: object) -> Appointment:
    return Appointment(
        **{
            "status": AppointmentStatus(status),
            "start_time": START,
            "end_time": START + timedelta(minutes=30),
            "requires_approval": False,
            "reminders_sent": 0,
            "calendar_sequence": 0,
        }
        | columns
    )


def test_holding_states_are_the_four() -> None:
    assert {"SCHEDULED", "CONFIRMED", "CHECKED_IN", "IN_PROGRESS"} == HOLDING


@pytest.mark.parametrize(("before", "after"), list(product(ALLOWED, ALLOWED)))
def test_status_changes_as_the_table_says(before: str, after: str) -> None:
    changing = appointment(before)
    if after in ALLOWED[before].split():
        changing.move_to(AppointmentStatus(after), now=AFTER)
        assert (changing.status, changing.calendar_sequence) == (after, 1)
        return
    with pytest.raises(InvalidTransition) as refused:
        changing.move_to(AppointmentStatus(after), now=AFTER)
    assert (refused.value.status, refused.value.code) == (409, "invalid_transition")
    assert (changing.status, changing.calendar_sequence) == (before, 0)


@pytest.mark.parametrize(("before", "after"), NEVER_EARLY)
def test_end_is_not_told_before_the_start(before: str, after: str) -> None:
    changing = appointment(before)
    with pytest.raises(TooEarly) as refused:
        changing.move_to(AppointmentStatus(after), now=BEFORE)
    assert (refused.value.status, refused.value.code) == (409, "too_early")
    assert changing.status == before
    changing.move_to(AppointmentStatus(after), now=START)
    assert changing.status == after


def test_forbidden_change_is_not_merely_early() -> None:
    with pytest.raises(InvalidTransition):
        appointment("CANCELLED").move_to(AppointmentStatus.COMPLETED, now=BEFORE)


@pytest.mark.parametrize("status", ["SCHEDULED", "CONFIRMED", "CHECKED_IN"])
def test_cancelling_keeps_the_reason(status: str) -> None:
    cancelled = appointment(status)
    cancelled.cancel("ill", now=BEFORE)
    assert (cancelled.status, cancelled.cancellation_reason) == ("CANCELLED", "ill")


def test_refused_cancelling_leaves_no_reason() -> None:
    done = appointment("COMPLETED")
    with pytest.raises(InvalidTransition):
        done.cancel("too late", now=AFTER)
    assert done.cancellation_reason is None


@pytest.mark.parametrize("status", ALLOWED)
def test_only_coming_appointments_are_reminded_of(status: str) -> None:
    upcoming = status in ("SCHEDULED", "CONFIRMED")
    assert appointment(status).is_remindable(BEFORE) is upcoming
    assert not appointment(status).is_remindable(START)


def test_request_is_not_reminded_until_approved() -> None:
    request = appointment(requires_approval=True)
    assert (request.awaits_approval, request.is_remindable(BEFORE)) == (True, False)
    request.move_to(AppointmentStatus.CONFIRMED, now=BEFORE)
    assert (request.awaits_approval, request.is_remindable(BEFORE)) == (False, True)


def test_life_of_an_appointment(database: DatabaseUrls) -> None:
    with owner_session(database.owner_url) as session:
        living = make_appointment(session, start_time=START)
        assert (living.version, living.reminders_sent, living.status) == (1, 0, "SCHEDULED")
        assert held_times(session, living) == 1

        for hours, count in ((24, 1), (1, 2)):
            now = START - timedelta(hours=hours)
            assert living.is_remindable(now)
            session.execute(
                update(Appointment)
                .where(Appointment.id == living.id)
                .values(Appointment.reminded(now))
            )
            session.refresh(living)
            assert (living.reminders_sent, living.last_reminder_at) == (count, now)
        assert living.version == 3

        living.cancel("ill", now=START - timedelta(minutes=30))
        session.flush()
        assert held_times(session, living) == 0
        assert not living.is_remindable(START - timedelta(minutes=29))

    with owner_session(database.owner_url) as session:
        kept = session.get_one(Appointment, living.id)
        assert (kept.status, kept.cancellation_reason) == ("CANCELLED", "ill")
        assert (kept.reminders_sent, kept.version) == (2, 4)


def held_times(session: Session, of: Appointment) -> int:
    query = select(func.count()).select_from(HeldTime).where(HeldTime.appointment_id == of.id)
    return session.scalar(query) or 0
