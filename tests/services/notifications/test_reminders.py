"""Which reminders are owed, and that each is sent and counted once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.factories import (
    make_appointment,
    make_customer,
    make_reminder_rule,
    make_service,
    make_tenant,
)

from sloty_notifications.deliver import BATCH
from sloty_shared.models import (
    Appointment,
    AppointmentStatus,
    Channel,
    NotificationStatus,
    Tenant,
)

from .desk import Desk

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def booked(desk: Desk, *minutes_before: int, **columns: Any) -> Appointment:
    """An appointment in three hours, of a tenant with these reminder rules."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        for minutes in minutes_before:
            make_reminder_rule(session, tenant=tenant, minutes_before=minutes)
        return make_appointment(session, tenant=tenant, starts_in=3 * HOUR, **columns)


def test_reminder_is_sent_and_counted_once(desk: Desk) -> None:
    appointment = booked(desk, 60)
    desk.scan()
    assert desk.office.accepted == []
    desk.wait(2 * HOUR)
    desk.scan()
    [reminder] = desk.notifications(appointment)
    counted = desk.read(appointment)
    assert [mail["X-Sloty-Kind"] for mail in desk.office.accepted] == ["REMINDER"]
    assert reminder.status is NotificationStatus.SENT
    assert reminder.due_at == appointment.start_time - HOUR
    assert (counted.reminders_sent, counted.last_reminder_at) == (1, reminder.sent_at)


def test_hundred_scans_send_one_reminder(desk: Desk) -> None:
    appointment = booked(desk, 60)
    desk.wait(2 * HOUR)
    for _ in range(100):
        desk.change(appointment, remind_at=datetime.now(UTC))
        desk.scan()
    assert len(desk.office.accepted) == 1
    assert desk.read(appointment).reminders_sent == 1


def test_eight_scans_at_once_send_one_reminder(desk: Desk) -> None:
    appointments = [booked(desk, 60) for _ in range(5)]
    desk.wait(2 * HOUR)
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(desk.scan) for _ in range(32)]:
            done.result()
    assert len(desk.office.accepted) == len(appointments)
    assert [desk.read(one).reminders_sent for one in appointments] == [1] * len(appointments)


def test_each_rule_reminds_in_its_turn(desk: Desk) -> None:
    appointment = booked(desk, 150, 60)
    for time, reminders in ((0 * HOUR, 0), (0.6 * HOUR, 1), (1.5 * HOUR, 2), (2 * HOUR, 2)):
        desk.wait(time)
        desk.scan()
        assert desk.read(appointment).reminders_sent == reminders
    assert desk.read(appointment).remind_at is None


def test_planner_sleeps_until_the_next_due_time(desk: Desk) -> None:
    appointment = booked(desk, 150, 60)
    assert desk.plan() == 1
    assert desk.read(appointment).remind_at == appointment.start_time - timedelta(minutes=150)
    assert desk.plan() == 0


def test_appointment_cancelled_before_due_owes_nothing(desk: Desk) -> None:
    appointment = booked(desk, 60, status=AppointmentStatus.CANCELLED)
    desk.wait(2 * HOUR)
    desk.scan()
    assert desk.notifications(appointment) == []
    assert desk.read(appointment).remind_at is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"status": AppointmentStatus.CANCELLED},
            "The appointment was cancelled before this message was sent.",
        ),
        (
            {"status": AppointmentStatus.RESCHEDULED},
            "The appointment was moved before this message was sent.",
        ),
        (
            {"start_time": datetime(2020, 1, 1, tzinfo=UTC)},
            "The appointment was moved to another time before this message was sent.",
        ),
    ],
)
def test_reminder_no_longer_true_is_skipped(
    desk: Desk, change: dict[str, object], reason: str
) -> None:
    appointment = booked(desk, 60)
    desk.wait(2 * HOUR)
    desk.plan()
    desk.change(appointment, **change)
    desk.deliver()
    [reminder] = desk.notifications(appointment)
    assert (reminder.status, reminder.reason) == (NotificationStatus.SKIPPED, reason)
    assert desk.office.handed == []
    assert desk.read(appointment).reminders_sent == 0


def test_late_booking_skips_the_reminder_with_reason(desk: Desk) -> None:
    appointment = booked(desk, 1440, 60, booked_at=datetime.now(UTC))
    desk.scan()
    [reminder] = desk.notifications(appointment)
    assert reminder.minutes_before == 1440
    assert reminder.status is NotificationStatus.SKIPPED
    assert reminder.reason == "The appointment was booked after this reminder was due."
    desk.wait(2 * HOUR)
    desk.scan()
    assert len(desk.office.accepted) == 1


def test_no_reminder_after_the_start(desk: Desk) -> None:
    appointment = booked(desk, 60)
    desk.wait(3 * HOUR + SECOND)
    desk.scan()
    [reminder] = desk.notifications(appointment)
    assert reminder.status is NotificationStatus.SKIPPED
    assert reminder.reason == "The appointment started before this reminder was sent."


def test_rule_added_later_is_planned_when_asked(desk: Desk) -> None:
    appointment = booked(desk)
    desk.plan()
    assert desk.read(appointment).remind_at is None
    with desk.owning() as session:
        tenant = session.get_one(Tenant, appointment.tenant_id)
        make_reminder_rule(session, tenant=tenant, minutes_before=170)
    desk.change(appointment, remind_at=datetime.now(UTC))
    desk.wait(0.5 * HOUR)
    desk.scan()
    assert desk.read(appointment).reminders_sent == 1


def test_rule_of_another_service_does_not_remind(desk: Desk) -> None:
    with desk.owning() as session:
        tenant = make_tenant(session)
        ours, other = (make_service(session, tenant=tenant) for _ in range(2))
        make_reminder_rule(session, tenant=tenant, minutes_before=60, service_id=other.id)
        make_reminder_rule(session, tenant=tenant, minutes_before=90, service_id=ours.id)
        appointment = make_appointment(session, tenant=tenant, service=ours)
    desk.wait(2.5 * HOUR)
    desk.scan()
    assert [row.minutes_before for row in desk.notifications(appointment)] == [90]


def test_rules_of_other_tenants_do_not_remind(desk: Desk) -> None:
    booked(desk, 60)
    appointment = booked(desk)
    desk.wait(2 * HOUR)
    desk.scan()
    assert desk.notifications(appointment) == []


def test_request_awaiting_approval_is_not_reminded(desk: Desk) -> None:
    appointment = booked(desk, 60, requires_approval=True)
    desk.wait(2 * HOUR)
    desk.scan()
    desk.change(appointment, status=AppointmentStatus.CONFIRMED, remind_at=datetime.now(UTC))
    desk.scan()
    [reminder] = desk.notifications(appointment)
    assert reminder.status is NotificationStatus.SKIPPED
    assert reminder.reason == "The appointment was not approved yet when this reminder was due."
    assert desk.read(appointment).reminders_sent == 0


def test_request_approved_in_time_is_reminded(desk: Desk) -> None:
    appointment = booked(desk, 60, requires_approval=True)
    desk.scan()
    desk.change(appointment, status=AppointmentStatus.CONFIRMED)
    desk.wait(2 * HOUR)
    desk.scan()
    assert desk.read(appointment).reminders_sent == 1


def test_channel_that_is_not_set_up_is_skipped(desk: Desk) -> None:
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant, channel=Channel.SMS)
        appointment = make_appointment(session, tenant=tenant)
    desk.wait(2 * HOUR + SECOND)
    desk.scan()
    [reminder] = desk.notifications(appointment)
    assert reminder.status is NotificationStatus.SKIPPED
    assert reminder.reason == "Sending by SMS is not set up."


def test_new_address_is_not_reminded_again(desk: Desk) -> None:
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant)
        customer = make_customer(session, tenant=tenant)
        appointment = make_appointment(session, tenant=tenant, customer=customer)
    desk.wait(2 * HOUR + SECOND)
    desk.scan()
    desk.change(customer, email="elsewhere@mail.example")
    desk.change(appointment, remind_at=datetime.now(UTC))
    desk.scan()
    assert desk.read(appointment).reminders_sent == 1


def test_many_due_at_once_are_planned_in_one_scan(desk: Desk) -> None:
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant)
        service = make_service(session, tenant=tenant)
        for _ in range(BATCH + 1):
            make_appointment(session, tenant=tenant, service=service)
    desk.wait(2 * HOUR + SECOND)
    assert desk.plan() == BATCH + 1
    desk.deliver()
    assert len(desk.office.accepted) == BATCH + 1
    assert desk.calls_for_help == [None]
    assert desk.office.connections == 1
