"""What arrives: headers, words, zone, calendar entry, whatever the customer is called."""

from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar, Component
from tests.factories import (
    make_appointment,
    make_customer,
    make_location,
    make_notification,
    make_service,
    make_tenant,
)

from sloty_notifications.channels.carrier import Refused
from sloty_notifications.channels.mail import build_mail, recipient_address
from sloty_notifications.message import Message
from sloty_shared.models import AppointmentStatus, NotificationKind, NotificationStatus

from .desk import SENDER, Desk
from .post_office import PostOffice

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def letter(
    desk: Desk,
    kind: NotificationKind = NotificationKind.BOOKED,
    *,
    tenant: dict[str, Any] | None = None,
    customer: dict[str, Any] | None = None,
    service: dict[str, Any] | None = None,
    location: dict[str, Any] | None = None,
    **appointment: Any,
) -> EmailMessage:
    """The mail of this kind about an appointment with these columns."""
    with desk.owning() as session:
        business = make_tenant(session, **tenant or {})
        row = make_appointment(
            session,
            tenant=business,
            customer=make_customer(session, tenant=business, **customer or {}),
            service=make_service(session, tenant=business, **service or {}),
            location=make_location(session, tenant=business, **location or {}),
            **{"start_time": START, **appointment},
        )
        make_notification(session, appointment=row, kind=kind)
    desk.deliver()
    return desk.office.accepted[-1]


def text_of(mail: EmailMessage, subtype: str = "plain") -> str:
    part = next(part for part in mail.walk() if part.get_content_type() == f"text/{subtype}")
    return str(part.get_content()).replace("\r\n", "\n")


def event_of(mail: EmailMessage) -> Component:
    return Calendar.from_ical(text_of(mail, "calendar")).walk("VEVENT")[0]


def test_booked_mail_says_what_when_where_and_who(desk: Desk) -> None:
    mail = letter(desk, service={"price": Decimal("25.00")})
    assert mail["X-Sloty-Kind"] == "BOOKED"
    assert mail["From"] == f"Salon Rosa <{SENDER}>"
    assert mail["To"].addresses[0].display_name == "Jane Doe"
    assert mail["Subject"] == "Booked: Haircut, Tuesday, 24 November 2026 at 09:00"
    assert mail["Auto-Submitted"] == "auto-generated"
    for text in (text_of(mail), text_of(mail, "html")):
        assert "Hello Jane" in text
        assert "Ada Meyer" in text
        assert "Tuesday, 24 November 2026 at 09:00" in text
        assert "Central European Standard Time, Europe/Berlin" in text
        assert "Marktplatz 1" in text
        assert "25,00\xa0€" in text


def test_every_kind_is_sent_and_names_itself(desk: Desk) -> None:
    cancelled = {"status": AppointmentStatus.CANCELLED}
    kinds: dict[NotificationKind, dict[str, Any]] = {
        NotificationKind.BOOKED: {},
        NotificationKind.REQUESTED: {"requires_approval": True},
        NotificationKind.CONFIRMED: {"status": AppointmentStatus.CONFIRMED},
        NotificationKind.DECLINED: cancelled,
        NotificationKind.CANCELLED: cancelled,
        NotificationKind.RESCHEDULED: {},
        NotificationKind.REMINDER: {"start_time": datetime(2126, 1, 1, 9, tzinfo=UTC)},
    }
    for kind, columns in kinds.items():
        mail = letter(desk, kind, **columns)
        assert mail["X-Sloty-Kind"] == kind
        assert text_of(mail).startswith("Hello Jane,")


def test_online_service_shows_no_address(desk: Desk) -> None:
    mail = letter(desk, service={"is_online": True})
    for subtype in ("plain", "html", "calendar"):
        assert "Marktplatz" not in text_of(mail, subtype)
    assert "Where: Online" in text_of(mail)


def test_cancellation_gives_reason_and_cancels_the_calendar_entry(desk: Desk) -> None:
    uid = UUID(int=7)
    mail = letter(
        desk,
        NotificationKind.CANCELLED,
        status=AppointmentStatus.CANCELLED,
        cancellation_reason="The salon is flooded",
        calendar_uid=uid,
        calendar_sequence=3,
    )
    calendar = Calendar.from_ical(text_of(mail, "calendar"))
    event = event_of(mail)
    assert "Reason: The salon is flooded" in text_of(mail)
    assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")
    assert (event["uid"], event["sequence"]) == (str(uid), 3)


def test_calendar_entry_stands_beside_the_text_and_as_a_file(desk: Desk) -> None:
    mail = letter(desk)
    event = event_of(mail)
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    [file] = mail.iter_attachments()
    assert part.get_param("method") == "REQUEST"
    assert file.get_filename() == "appointment.ics"
    assert file.get_content() == part.get_payload(decode=True)
    assert event["attendee"].params["RSVP"] == "FALSE"
    assert "DTSTART:20261124T080000Z" in text_of(mail, "calendar")


def test_time_is_written_as_the_customer_reads_it(desk: Desk) -> None:
    for locale, zone, country, moment in (
        ("en", "America/New_York", "US", "Tuesday, November 24, 2026 at 3:00 AM"),
        ("en-US", "Europe/Berlin", "DE", "Tuesday, November 24, 2026 at 9:00 AM"),
        ("en-GB", "Europe/London", "GB", "Tuesday, 24 November 2026 at 08:00"),
        ("de", "Europe/Vienna", "AT", "Dienstag, 24. November 2026 um 09:00"),
        ("fr-CA", "America/Toronto", "CA", "mardi 24 novembre 2026 à 03 h 00"),
        ("tlh-XX", "Asia/Kolkata", "IN", "Tuesday, 24 November 2026 at 1:30 pm"),
        ("", "UTC", "JP", "Tuesday, November 24, 2026 at 8:00 AM"),
    ):
        place = {"timezone": zone, "country": country}
        mail = letter(desk, customer={"locale": locale}, location=place)
        assert moment in text_of(mail)
        assert f", {zone})" in text_of(mail)


def test_names_from_outside_cannot_add_headers(desk: Desk) -> None:
    evil = "Eve\r\nBcc: victim@mail.example\r\n\r\nBuy now"
    mail = letter(
        desk,
        tenant={"name": evil},
        customer={"first_name": evil, "last_name": "\x0b\u2028X"},
        service={"name": evil},
    )
    assert mail["Bcc"] is None
    assert "Bcc: victim@mail.example" in mail["Subject"]
    assert "Bcc: victim@mail.example" in mail["From"].addresses[0].display_name
    assert "\nBcc:" not in text_of(mail)


def test_names_from_outside_are_not_markup(desk: Desk) -> None:
    mail = letter(desk, customer={"first_name": "<script>alert(1)</script>"})
    assert "<script>" not in text_of(mail, "html")
    assert "&lt;script&gt;" in text_of(mail, "html")


def written(name: str) -> Message:
    """A message with this name wherever one can stand."""
    return Message(
        id=UUID(int=1),
        kind="BOOKED",
        written_at=START,
        business=name,
        recipient="jane@mail.example",
        recipient_name=name,
        subject=name,
        text=name,
        html=name,
        calendar=None,
    )


def headers_of(message: Message) -> list[str]:
    """From, To and Subject as a mail program shows them."""
    to = recipient_address(message.recipient, message.recipient_name)
    mail = message_from_bytes(build_mail(message, sender=SENDER, to=to))
    shown = (str(make_header(decode_header(mail[name]))) for name in ("From", "To", "Subject"))
    return [header.replace("\xa0", " ") for header in shown]


def test_long_foreign_names_survive_the_header() -> None:
    name = ("Łukasz 🌹 Żółć " * 8).strip()
    assert headers_of(written(name)) == [
        f"{name} <{SENDER}>",
        f"{name} <jane@mail.example>",
        name,
    ]


def test_lone_surrogates_are_harmless() -> None:
    assert headers_of(written("J\ud800ne"))[2] == "J ne"


def test_foreign_address_goes_where_the_server_can(desk: Desk) -> None:
    mail = letter(desk, customer={"email": "zoë@bücher.example"})
    assert mail["To"].addresses[0].addr_spec == "zoë@xn--bcher-kva.example"


def test_foreign_address_is_refused_where_it_cannot(desk: Desk) -> None:
    with PostOffice(smtputf8=False) as office:
        desk.office = office
        with desk.owning() as session:
            appointment = make_appointment(session)
            row = make_notification(session, appointment=appointment, recipient="zoë@mail.example")
        desk.deliver()
    row = desk.read(row)
    assert row.status is NotificationStatus.FAILED
    assert row.reason == "The mail server takes no address with letters beyond ASCII."


@pytest.mark.parametrize(
    "address",
    ["", "jane", "@mail.example", "jane@", "a b@c.example", "a@b.example\r\nRCPT TO:<x@y.example>"],
)
def test_impossible_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="not valid"):
        recipient_address(address, "Jane")
