"""One message about several appointments: what is still true of them, each date, one calendar file."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from icalendar import Calendar
from tests.factories import (
    make_appointment,
    make_customer,
    make_location,
    make_notification,
    make_provider,
    make_service,
    make_tenant,
    make_user,
)

from sloty_shared.models import (
    Appointment,
    AppointmentParticipant,
    AppointmentStatus,
    Channel,
    Location,
    MessageTemplate,
    NotificationKind,
    NotificationStatus,
    Tenant,
)

from .desk import Desk
from .test_letters import START, text_of

DAY = timedelta(days=1)
CANCELLED = {"status": AppointmentStatus.CANCELLED}


def three(
    desk: Desk,
    *changes: dict[str, Any],
    guest: str | None = None,
    locale: str = "en-GB",
    **told: Any,
) -> Any:
    """Three appointments a day apart and a message about them, to the customer or a guest."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        place = make_location(session, tenant=tenant)
        shared: dict[str, Any] = {
            "customer": make_customer(session, tenant=tenant, locale=locale),
            "service": make_service(session, tenant=tenant),
            "location": place,
            "provider": make_provider(session, tenant=tenant, location=place),
        }
        rows = [
            make_appointment(
                session,
                tenant=tenant,
                **shared,
                **{"start_time": START + number * DAY}
                | (changes[number] if number < len(changes) else {}),
            )
            for number in range(3)
        ]
        if guest:
            about = {"tenant_id": tenant.id, "appointment_id": rows[0].id}
            person = AppointmentParticipant(name="G", email=guest, **about)
            session.add(person)
            session.flush()
            told |= {"participant_id": person.id, "recipient": guest}
        ids = {"appointmentIds": [str(each.id) for each in rows]}
        told = {"recipient": shared["customer"].email} | told
        make_notification(session, appointment=rows[0], payload=ids, **told)
    return rows


def mail(desk: Desk) -> EmailMessage:
    desk.deliver()
    return desk.office.accepted[-1]


def subject_of(letter: EmailMessage) -> str:
    """Without the space that a fold before its first word leaves."""
    return str(letter["Subject"]).strip()


def calendar_of(letter: EmailMessage) -> Any:
    part = next(part for part in letter.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_content())


def uids(calendar: Any) -> list[str]:
    return [str(event["uid"]) for event in calendar.walk("VEVENT")]


def test_each_date_stands_with_its_code(desk: Desk) -> None:
    rows = three(desk)
    letter = mail(desk)
    assert subject_of(letter) == (
        "Booked: 3 appointments, Haircut, from Tuesday, 24 November 2026 at 09:00"
    )
    for text in (text_of(letter), text_of(letter, "html")):
        for day, row in zip(("24 November", "25 November", "26 November"), rows, strict=True):
            assert day in text
            assert text.count(row.confirmation_code) == 1
        # Over a change of the clock the name of summer time or winter time would be wrong.
        assert "Central European Time, Europe/Berlin" in text
    calendar = calendar_of(letter)
    assert str(calendar["method"]) == "PUBLISH"
    assert uids(calendar) == [str(row.id) for row in rows]
    assert not any("attendee" in event for event in calendar.walk("VEVENT"))


def test_only_what_still_stands_is_told(desk: Desk) -> None:
    rows = three(desk, CANCELLED)
    letter = mail(desk)
    assert rows[0].confirmation_code not in text_of(letter)
    assert subject_of(letter).startswith("Booked: 2 appointments, Haircut, from Wed")
    assert uids(calendar_of(letter)) == [str(row.id) for row in rows[1:]]


def test_last_that_stands_is_told_alone(desk: Desk) -> None:
    rows = three(desk, CANCELLED, CANCELLED)
    letter = mail(desk)
    assert letter["Subject"] == "Booked: Haircut, Thursday, 26 November 2026 at 09:00"
    assert str(calendar_of(letter)["method"]) == "REQUEST"
    assert rows[2].confirmation_code in text_of(letter)


def test_message_of_which_nothing_is_true_is_skipped(desk: Desk) -> None:
    rows = three(desk, CANCELLED, CANCELLED, CANCELLED)
    desk.deliver()
    [told] = desk.notifications(rows[0], NotificationKind.BOOKED)
    assert told.status is NotificationStatus.SKIPPED
    assert told.reason == "The appointment was cancelled before this message was sent."


def test_cancelled_ones_are_taken_from_the_calendar(desk: Desk) -> None:
    rows = three(desk, CANCELLED, CANCELLED, CANCELLED, kind=NotificationKind.CANCELLED)
    calendar = calendar_of(mail(desk))
    assert uids(calendar) == [str(row.id) for row in rows]
    assert {str(event["status"]) for event in calendar.walk("VEVENT")} == {"CANCELLED"}


def test_guest_gets_no_code(desk: Desk) -> None:
    rows: Sequence[Appointment] = three(desk, guest="guest@people.example")
    letter = mail(desk)
    assert "26 November" in text_of(letter)
    assert not any(row.confirmation_code in str(letter) for row in rows)


def test_tenants_own_words_name_the_dates(desk: Desk) -> None:
    rows = three(desk)
    words = {"kind": NotificationKind.BOOKED, "channel": Channel.EMAIL, "locale": "en"}
    words |= {"subject": "S", "text": "{{ dates }}"}
    with desk.owning() as session:
        session.add(MessageTemplate(tenant_id=rows[0].tenant_id, **words))
    assert len(text_of(mail(desk)).strip().splitlines()) == 3


CALLED = {
    "en-GB": ("Cancelled: 3 appointments, Haircut, from Tuesday", "your 3 appointments at"),
    "de-DE": ("Abgesagt: 3 Termine, Haircut, ab Dienstag", "Ihre 3 Termine bei"),
    "fr-FR": ("Annulés : 3 rendez-vous, Haircut, à partir du mardi", "vos 3 rendez-vous chez"),
    "es-ES": ("Canceladas: 3 citas, Haircut, desde el martes", "sus 3 citas en"),
}


@pytest.mark.parametrize("locale", CALLED)
def test_several_are_told_in_plural(desk: Desk, locale: str) -> None:
    three(desk, CANCELLED, CANCELLED, CANCELLED, kind=NotificationKind.CANCELLED, locale=locale)
    letter = mail(desk)
    subject, opening = CALLED[locale]
    assert subject_of(letter).startswith(subject)
    for text in (text_of(letter), text_of(letter, "html")):
        assert opening in text


def test_all_services_and_providers_are_named(desk: Desk) -> None:
    rows = three(desk)
    with desk.owning() as session:
        tenant = session.get_one(Tenant, rows[0].tenant_id)
        place = session.get_one(Location, rows[0].location_id)
        colour = make_service(session, tenant=tenant, name="Colour", price=Decimal("60.00"))
        user = make_user(session, tenant=tenant, name="Bob")
        bob = make_provider(session, tenant=tenant, location=place, user=user)
    desk.change(rows[2], service_id=colour.id, provider_id=bob.id, price=Decimal("60.00"))
    letter = mail(desk)
    assert "Service: Haircut, Colour\n" in text_of(letter)
    assert "With: Ada Meyer, Bob\n" in text_of(letter)
    assert "Price: €60.00\n" in text_of(letter)
