"""What becomes of a message when the mail server, the worker or the message itself fails."""

import socket
import time
from datetime import timedelta

from tests.factories import (
    make_appointment,
    make_notification,
    make_reminder_rule,
    make_service,
    make_tenant,
)

from sloty_notifications import ledger, record
from sloty_notifications.channels.smtp import SmtpCarrier, SmtpServer
from sloty_notifications.ledger import Claim
from sloty_notifications.record import Accepted
from sloty_notifications.retry import MAX_TRIES, pause_after
from sloty_shared.models import (
    Appointment,
    Channel,
    Notification,
    NotificationStatus,
)

from .desk import SENDER, Desk
from .post_office import DROP

LEASE = timedelta(seconds=45)
QUARTER = timedelta(minutes=15)


def booking(desk: Desk) -> Notification:
    """A confirmation that is owed now."""
    with desk.owning() as session:
        return make_notification(session, appointment=make_appointment(session))


def bookings(desk: Desk, count: int) -> list[Notification]:
    with desk.owning() as session:
        tenant = make_tenant(session)
        service = make_service(session, tenant=tenant)
        return [
            make_notification(
                session, appointment=make_appointment(session, tenant=tenant, service=service)
            )
            for _ in range(count)
        ]


def due_reminder(desk: Desk, *, starts_in: timedelta) -> tuple[Appointment, Notification]:
    """A reminder that is due now, an hour early where there is that much time."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant, minutes_before=60)
        appointment = make_appointment(session, tenant=tenant, starts_in=starts_in)
    desk.plan()
    [reminder] = desk.notifications(appointment)
    return appointment, reminder


def claim(desk: Desk) -> list[Claim]:
    return ledger.claim(desk.database, Channel.EMAIL, now=desk.now(), lease=LEASE, batch=50)


def test_final_refusal_fails_after_one_attempt(desk: Desk) -> None:
    row = booking(desk)
    desk.office.to_recipient.append("550 5.1.1 No such user here")
    desk.deliver()
    desk.wait(QUARTER)
    desk.deliver()
    row = desk.read(row)
    assert (row.status, row.attempts) == (NotificationStatus.FAILED, 1)
    assert row.reason == "The mail server answered: 550 5.1.1 No such user here"
    assert desk.office.handed == []


def test_refused_content_fails_after_one_attempt(desk: Desk) -> None:
    row = booking(desk)
    desk.office.to_data.append("554 5.7.1 Looks like spam")
    desk.deliver()
    assert desk.read(row).status is NotificationStatus.FAILED
    assert len(desk.office.handed) == 1


def test_passing_refusals_are_repeated_until_accepted(desk: Desk) -> None:
    row = booking(desk)
    desk.office.to_recipient.append("451 4.7.1 Try again later")
    desk.office.to_data.append("451 4.3.0 Try again later")
    desk.deliver()
    assert desk.read(row).status is NotificationStatus.PENDING
    desk.deliver()
    assert desk.read(row).attempts == 1
    for _ in range(3):
        desk.wait(timedelta(minutes=1))
        desk.deliver()
    row = desk.read(row)
    assert (row.status, row.attempts, row.reason) == (NotificationStatus.SENT, 3, None)
    assert len(desk.office.accepted) == 1


def test_pauses_double_up_to_a_quarter_hour() -> None:
    seconds = [pause_after(attempts).total_seconds() for attempts in range(1, 20)]
    assert 8 <= seconds[0] <= 12
    assert 16 <= seconds[1] <= 24
    assert 720 <= max(seconds[7:]) <= 1080


def test_silent_server_is_waited_for_no_longer_than_patience(desk: Desk) -> None:
    row, other = bookings(desk, 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = SmtpServer("127.0.0.1", silent.getsockname()[1])
        started = time.monotonic()
        desk.deliver(SmtpCarrier(server, sender=SENDER, patience=0.5))
        assert time.monotonic() - started < 5
    tried = [one for one in (desk.read(row), desk.read(other)) if one.attempts]
    assert [one.status for one in tried] == [NotificationStatus.PENDING]
    assert tried[0].reason is not None
    assert tried[0].reason.startswith("The mail server is out of reach")
    desk.wait(timedelta(minutes=1))
    desk.deliver()
    assert len(desk.office.accepted) == 2


def test_server_out_of_reach_costs_one_attempt_a_run(desk: Desk) -> None:
    rows = bookings(desk, 5)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    desk.deliver(SmtpCarrier(SmtpServer("127.0.0.1", port), sender=SENDER))
    assert sorted(desk.read(row).attempts for row in rows) == [0, 0, 0, 0, 1]
    assert desk.calls_for_help == []


def test_answer_lost_after_data_repeats_the_same_mail(desk: Desk) -> None:
    appointment, reminder = due_reminder(desk, starts_in=timedelta(minutes=50))
    desk.office.to_data.append(DROP)
    desk.deliver()
    desk.wait(timedelta(minutes=1))
    desk.deliver()
    handed = [mail["Message-ID"] for mail in desk.office.handed]
    assert handed == [f"<{reminder.id}@sloty.example>"] * 2
    assert desk.read(appointment).reminders_sent == 1


def test_reminder_is_not_repeated_past_the_start(desk: Desk) -> None:
    _, reminder = due_reminder(desk, starts_in=timedelta(seconds=5))
    desk.office.to_recipient.append("451 Try again later")
    desk.deliver()
    reminder = desk.read(reminder)
    assert reminder.status is NotificationStatus.FAILED
    assert reminder.reason == (
        "Given up, as the appointment starts. The mail server answered: 451 Try again later"
    )


def test_twentieth_attempt_is_the_last(desk: Desk) -> None:
    row = booking(desk)
    desk.change(row, attempts=MAX_TRIES - 1)
    desk.office.to_recipient.append("451 Try again later")
    desk.deliver()
    row = desk.read(row)
    assert (row.status, row.attempts) == (NotificationStatus.FAILED, MAX_TRIES)
    assert row.reason is not None
    assert row.reason.startswith("Given up after 20 attempts.")


def test_row_that_ends_its_workers_is_given_up(desk: Desk) -> None:
    row = booking(desk)
    desk.change(row, attempts=MAX_TRIES, reason=ledger.INTERRUPTED)
    desk.deliver()
    assert desk.read(row).status is NotificationStatus.FAILED
    assert desk.office.handed == []


def test_lease_that_ended_is_taken_over(desk: Desk) -> None:
    appointment, reminder = due_reminder(desk, starts_in=timedelta(minutes=50))
    [lost] = claim(desk)
    desk.deliver()
    assert desk.office.handed == []
    desk.wait(LEASE)
    desk.deliver()
    assert not record.record_sent(desk.database, Accepted.of(lost, reminder, desk.now()))
    ledger.put_off(desk.database, lost, "Too late.", now=desk.now())
    ledger.record_refusal(desk.database, lost, "Too late.", now=desk.now())
    ledger.give_back(desk.database, [lost], now=desk.now())
    reminder = desk.read(reminder)
    assert (reminder.status, reminder.attempts) == (NotificationStatus.SENT, 2)
    assert desk.read(appointment).reminders_sent == 1


def test_holder_that_lost_its_lease_does_not_send(desk: Desk) -> None:
    row = booking(desk)
    [lost] = claim(desk)
    desk.wait(LEASE)
    claim(desk)
    with desk.database.transaction(row.tenant_id) as session:
        assert ledger.take_in_hand(session, lost, lease_until=desk.now() + LEASE) is None


def test_sending_is_recorded_once_when_repeated(desk: Desk) -> None:
    appointment, reminder = due_reminder(desk, starts_in=timedelta(minutes=50))
    [held] = claim(desk)
    accepted = Accepted.of(held, reminder, desk.now())
    assert record.record_sent(desk.database, accepted)
    assert not record.record_sent(desk.database, accepted)
    assert desk.read(appointment).reminders_sent == 1


def test_poisoned_row_hurts_no_other(desk: Desk) -> None:
    rows = bookings(desk, 6)
    appointment = desk.read(rows[2])
    with desk.owning() as session:
        session.get_one(Appointment, appointment.appointment_id).timezone = "Nowhere/Town"
    desk.deliver()
    poisoned = desk.read(rows[2])
    assert len(desk.office.accepted) == 5
    assert (poisoned.status, poisoned.attempts) == (NotificationStatus.PENDING, 1)
    assert poisoned.reason == "The message could not be prepared or sent, by an error of ours."


def test_row_that_lost_its_worker_goes_last(desk: Desk) -> None:
    rows = bookings(desk, 4)
    with desk.database.transaction(rows[0].tenant_id) as session:
        suspect = next(one for one in claim(desk) if one.notification_id == rows[0].id)
        ledger.take_in_hand(session, suspect, lease_until=desk.now() + LEASE)
    desk.wait(LEASE + timedelta(seconds=1))
    fresh = bookings(desk, 1)[0]
    order = [one.notification_id for one in claim(desk)]
    assert order[0] == fresh.id
    assert order[-1] == rows[0].id
    assert set(order) == {fresh.id, *(row.id for row in rows)}


def test_stopping_worker_gives_back_what_it_has_not_begun(desk: Desk) -> None:
    rows = bookings(desk, 5)
    desk.deliver(is_stopping=lambda: len(desk.office.handed) >= 2)
    rows = [desk.read(row) for row in rows]
    given_back = [row for row in rows if row.status is NotificationStatus.PENDING]
    assert len(desk.office.accepted) == 2
    assert [(row.attempts, row.next_attempt_at <= desk.now()) for row in given_back] == [
        (0, True)
    ] * 3
    assert desk.calls_for_help == [None]
    desk.deliver()
    assert len(desk.office.accepted) == 5


def test_stale_connection_is_dialled_again(desk: Desk) -> None:
    carrier = desk.carrier()
    booking(desk)
    desk.deliver(_KeptOpen(carrier))
    connection = carrier._connection  # noqa: SLF001 - Only its socket can be made stale.
    assert connection is not None
    assert connection.sock is not None
    connection.sock.shutdown(socket.SHUT_RDWR)
    row = booking(desk)
    desk.deliver(_KeptOpen(carrier))
    carrier.close()
    assert desk.read(row).status is NotificationStatus.SENT
    assert desk.office.connections == 2


class _KeptOpen:
    """A carrier whose connection outlives the run."""

    def __init__(self, carrier: SmtpCarrier) -> None:
        self.send = carrier.send

    def close(self) -> None:
        pass


def test_only_reminders_are_counted(desk: Desk) -> None:
    row = booking(desk)
    desk.deliver()
    with desk.owning() as session:
        appointment = session.get_one(Appointment, row.appointment_id)
    assert desk.read(row).status is NotificationStatus.SENT
    assert (appointment.reminders_sent, appointment.last_reminder_at) == (0, None)
