"""Whom reminders reach and when: quiet hours, opt-outs, participants, telephone numbers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tests.factories import (
    make_appointment,
    make_customer,
    make_notification,
    make_reminder_rule,
    make_tenant,
)

from sloty_notifications.channels.carrier import Refused
from sloty_notifications.channels.sms import ConsoleSms, sms_carrier
from sloty_notifications.message import TextMessage
from sloty_shared.models import (
    Appointment,
    Channel,
    Customer,
    Notification,
    NotificationStatus,
)
from sloty_shared.unsubscribing import PATH, Unsubscription

from .desk import ENCRYPTION, PUBLIC_URL, Desk
from .listener import Listener
from .test_letters import text_of

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"quietHours": {"start": "21:00", "end": "07:00"}}


def at(clock: str, *, days: int = 2) -> datetime:
    """This wall time in Berlin, some days from now."""
    hour, minute = map(int, clock.split(":"))
    day = (datetime.now(BERLIN) + timedelta(days=days)).date()
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def booked(
    desk: Desk,
    *,
    start: datetime | None = None,
    minutes_before: int = 60,
    settings: dict[str, Any] | None = None,
    customer: dict[str, Any] | None = None,
    channel: Channel = Channel.EMAIL,
    **columns: Any,
) -> Appointment:
    if start is not None:
        columns["start_time"] = start
    with desk.owning() as session:
        tenant = make_tenant(session, settings=settings or {})
        make_reminder_rule(session, tenant=tenant, minutes_before=minutes_before, channel=channel)
        return make_appointment(
            session,
            tenant=tenant,
            customer=make_customer(session, tenant=tenant, **customer or {}),
            **columns,
        )


def scan_at(desk: Desk, moment: datetime) -> None:
    desk.wait(moment - desk.now())
    desk.scan()


def only(desk: Desk, appointment: Appointment) -> Notification:
    [reminder] = desk.notifications(appointment)
    return reminder


def test_reminder_in_quiet_hours_goes_out_before_them(desk: Desk) -> None:
    appointment = booked(desk, start=at("07:30"), settings=NIGHT)
    eve = at("20:59", days=1)
    scan_at(desk, eve - timedelta(minutes=1))
    assert desk.notifications(appointment) == []
    assert desk.read(appointment).remind_at == eve
    scan_at(desk, eve)
    reminder = only(desk, appointment)
    assert (reminder.status, reminder.due_at) == (NotificationStatus.SENT, eve)


@pytest.mark.parametrize(
    ("hours", "start", "due"),
    [
        (("21:00", "07:00"), "08:00", "07:00"),
        (("21:00", "07:00"), "22:00", "20:59"),
        (("21:00", "07:00"), "21:59", "20:59"),
        (("12:00", "14:00"), "14:30", "11:59"),
        (("12:00", "14:00"), "15:00", "14:00"),
        (("00:00", "24:00"), "15:00", "23:59"),
        (("22:00", "24:00"), "23:30", "21:59"),
    ],
)
def test_quiet_hours_are_half_open(
    desk: Desk, hours: tuple[str, str], start: str, due: str
) -> None:
    settings = {"quietHours": {"start": hours[0], "end": hours[1]}}
    appointment = booked(desk, start=at(start), settings=settings)
    desk.plan()
    remind_at = desk.read(appointment).remind_at
    assert remind_at is not None
    assert remind_at.astimezone(BERLIN).strftime("%H:%M") == due
    assert remind_at <= at(start) - HOUR


def test_quiet_hours_are_on_the_recipients_clock(desk: Desk) -> None:
    tokyo = {"timezone": "Asia/Tokyo"}
    appointment = booked(desk, start=at("07:30"), settings=NIGHT, customer=tokyo)
    desk.plan()
    assert desk.read(appointment).remind_at == at("06:30")


def test_booking_after_the_last_moment_is_not_reminded(desk: Desk) -> None:
    start, booked_at = at("07:30"), at("22:00", days=1)
    appointment = booked(desk, start=start, settings=NIGHT, booked_at=booked_at)
    scan_at(desk, booked_at)
    reminder = only(desk, appointment)
    assert (reminder.status, reminder.reason) == (
        NotificationStatus.SKIPPED,
        "The appointment was booked after the last moment before quiet hours.",
    )


def test_late_reminder_waits_for_quiet_hours_to_end(desk: Desk) -> None:
    appointment = booked(desk, start=at("10:00"), minutes_before=14 * 60, settings=NIGHT)
    desk.wait(at("20:00", days=1) - desk.now())
    desk.plan()
    desk.wait(2 * HOUR)
    desk.deliver()
    reminder = only(desk, appointment)
    assert (reminder.status, reminder.next_attempt_at, reminder.tries) == (
        NotificationStatus.PENDING,
        at("07:00"),
        0,
    )
    desk.wait(at("07:00") - desk.now())
    desk.deliver()
    assert only(desk, appointment).status is NotificationStatus.SENT


def test_late_reminder_is_skipped_where_they_end_too_late(desk: Desk) -> None:
    appointment = booked(desk, start=at("06:30"), minutes_before=10 * 60, settings=NIGHT)
    desk.wait(at("20:30", days=1) - desk.now())
    desk.plan()
    desk.wait(2 * HOUR)
    desk.deliver()
    reminder = only(desk, appointment)
    assert reminder.status is NotificationStatus.SKIPPED
    assert reminder.reason == ("This reminder was late, and then quiet hours held until the start.")


def test_customer_who_wants_no_reminders_gets_none(desk: Desk) -> None:
    appointment = booked(desk)
    desk.wait(2 * HOUR + SECOND)
    desk.plan()
    with desk.owning() as session:
        customer = session.get_one(Customer, appointment.customer_id)
        customer.preferences = {"reminders": {"EMAIL": False}}
        make_notification(session, appointment=session.get_one(Appointment, appointment.id))
    desk.deliver()
    reminder = only(desk, appointment)
    assert (reminder.status, reminder.reason) == (
        NotificationStatus.SKIPPED,
        "The customer wants no reminders by EMAIL.",
    )
    assert [mail["X-Sloty-Kind"] for mail in desk.office.accepted] == ["BOOKED"]


@pytest.mark.parametrize("preferences", [{"reminders": {"SMS": False}}, {"reminders": "no"}, {}])
def test_other_preferences_do_not_silence_mail(desk: Desk, preferences: Any) -> None:
    appointment = booked(desk, customer={"preferences": preferences})
    desk.wait(2 * HOUR + SECOND)
    desk.scan()
    assert only(desk, appointment).status is NotificationStatus.SENT


def test_reminder_carries_a_link_that_ends_reminders(desk: Desk) -> None:
    appointment = booked(desk)
    desk.wait(2 * HOUR + SECOND)
    desk.scan()
    [mail] = desk.office.accepted
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = link.removeprefix(f"{PUBLIC_URL}{PATH}/")
    assert Unsubscription.read(token, ENCRYPTION) == Unsubscription(
        appointment.tenant_id, appointment.customer_id, Channel.EMAIL
    )
    assert link in text_of(mail)


@pytest.mark.parametrize("phone", [None, ""])
def test_customer_without_a_number_gets_no_text_message(desk: Desk, phone: str | None) -> None:
    desk.open_channels = (Channel.EMAIL, Channel.SMS)
    appointment = booked(desk, channel=Channel.SMS, customer={"phone": phone})
    desk.wait(2 * HOUR + SECOND)
    desk.plan()
    reminder = only(desk, appointment)
    assert (reminder.status, reminder.reason) == (
        NotificationStatus.SKIPPED,
        "The customer has no phone number.",
    )


def test_text_message_goes_through_the_gateway_and_counts(desk: Desk) -> None:
    desk.open_channels = (Channel.EMAIL, Channel.SMS)
    appointment = booked(desk, channel=Channel.SMS, customer={"phone": "+49 (30) 123-456"})
    desk.wait(2 * HOUR + SECOND)
    desk.plan()
    with Listener() as gateway:
        carrier = sms_carrier(f"json://127.0.0.1:{gateway.port}/send/{{to}}")
        gateway.answers.append(500)
        desk.deliver(carrier, channel=Channel.SMS)
        assert only(desk, appointment).reason == "The SMS gateway did not take the message."
        desk.wait(timedelta(seconds=15))
        desk.deliver(carrier, channel=Channel.SMS)
    assert gateway.heard[-1].path == "/send/+4930123456"
    assert "Salon Rosa. Reminder: Haircut, " in gateway.heard[-1].body
    assert desk.read(appointment).reminders_sent == 1


def test_console_writes_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    message = TextMessage(id=UUID(int=1), recipient="+49 1", text="Two\nlines")
    ConsoleSms().send(message)
    assert capfd.readouterr().out == "SMS to +49 1: Two / lines\n"


def test_impossible_number_is_refused() -> None:
    carrier = sms_carrier("json://127.0.0.1:9/{to}")
    message = TextMessage(id=UUID(int=1), recipient="call me", text="x")
    with pytest.raises(Refused, match="not valid"):
        carrier.send(message)
