"""A batch is read ahead and sent one by one: what changes in between counts, and so does each record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from tests.factories import (
    make_appointment,
    make_customer,
    make_notification,
    make_reminder_rule,
    make_service,
    make_tenant,
)

from sloty_notifications.channels.smtp import SmtpCarrier
from sloty_notifications.message import Message
from sloty_shared.models import Appointment, Customer, Notification, NotificationStatus

from .desk import Desk

HOUR = timedelta(hours=1)


class Meanwhile:
    """A carrier that does something else once it has sent its first message."""

    def __init__(self, carrier: SmtpCarrier, happens: Callable[[Message], None]) -> None:
        self._carrier = carrier
        self._happens = [happens]
        self.close = carrier.close

    def send(self, message: Message, /) -> None:
        self._carrier.send(message)
        if self._happens:
            self._happens.pop()(message)


def owed(desk: Desk, count: int) -> list[Notification]:
    """Confirmations of one tenant, all owed now."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        service = make_service(session, tenant=tenant)
        return [
            make_notification(
                session, appointment=make_appointment(session, tenant=tenant, service=service)
            )
            for _ in range(count)
        ]


def reminders(desk: Desk, count: int) -> list[Appointment]:
    """Appointments of one tenant, each by a customer of its own, reminded of now."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant, minutes_before=60)
        service = make_service(session, tenant=tenant)
        return [
            make_appointment(
                session,
                tenant=tenant,
                service=service,
                customer=make_customer(session, tenant=tenant),
                starts_in=HOUR,
            )
            for _ in range(count)
        ]


def test_cancelled_while_its_batch_is_sent_is_not_told(desk: Desk) -> None:
    rows = owed(desk, 4)

    def cancel_the_others(first: Message) -> None:
        with desk.owning() as session:
            for row in rows:
                if row.id != first.id:
                    session.get_one(Appointment, row.appointment_id).cancel("Ill", now=desk.now())

    desk.deliver(Meanwhile(desk.carrier(), cancel_the_others))
    states = [desk.read(row).status for row in rows]
    assert len(desk.office.accepted) == 1
    assert states.count(NotificationStatus.SKIPPED) == 3


def test_wish_of_a_customer_counts_while_the_batch_is_sent(desk: Desk) -> None:
    appointments = reminders(desk, 3)
    desk.plan()

    def nobody_wants_any(_first: Message) -> None:
        with desk.owning() as session:
            for appointment in appointments:
                customer = session.get_one(Customer, appointment.customer_id)
                customer.preferences = {"reminders": {"EMAIL": False}}

    desk.deliver(Meanwhile(desk.carrier(), nobody_wants_any))
    assert len(desk.office.accepted) == 1
    counts = sorted(desk.read(appointment).reminders_sent for appointment in appointments)
    assert counts == [0, 0, 1]


def test_row_lost_to_another_keeps_no_other_from_its_record(desk: Desk) -> None:
    rows = owed(desk, 3)

    def take_it_away(first: Message) -> None:
        with desk.owning() as session:
            session.get_one(Notification, first.id).attempts += 1

    desk.deliver(Meanwhile(desk.carrier(), take_it_away))
    states = [desk.read(row).status for row in rows]
    assert len(desk.office.accepted) == 3
    assert sorted(states) == ["SENDING", "SENT", "SENT"]


def test_row_in_somebodys_hand_is_waited_for(desk: Desk) -> None:
    rows = owed(desk, 2)

    def decide(first: Message) -> None:
        # Somebody settles the other one by hand, and takes no notice of the worker.
        for row in rows:
            if row.id != first.id:
                desk.change(row, status=NotificationStatus.SKIPPED)

    desk.deliver(Meanwhile(desk.carrier(), decide))
    assert len(desk.office.accepted) == 1


def test_each_further_message_costs_a_few_statements(desk: Desk) -> None:
    def statements(count: int) -> int:
        owed(desk, count)
        executed: list[str] = []

        def note(*arguments: Any) -> None:
            executed.append(arguments[2])

        event.listen(desk.database.engine, "before_cursor_execute", note)
        desk.deliver()
        event.remove(desk.database.engine, "before_cursor_execute", note)
        return len(executed)

    few, many = statements(4), statements(14)
    # Enter the tenant, record the one before, take this one in hand.
    assert many - few <= 3 * 10
    assert len(desk.office.accepted) == 18


def test_request_behind_a_message_is_named_in_its_mail(desk: Desk) -> None:
    [row] = owed(desk, 1)
    desk.change(row, request_id="caller-7")
    desk.deliver()
    assert desk.office.accepted[0]["X-Request-Id"] == "caller-7"
