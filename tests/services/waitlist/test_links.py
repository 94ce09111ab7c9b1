"""Every link in every kind of mail opens the page that it promises."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from tests.factories import make_appointment, make_notification, make_tenant
from tests.services.booking.people import new_email
from tests.services.booking.test_pages import Read
from tests.services.notifications.desk import PUBLIC_URL, Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.test_letters import text_of

from sloty_booking.pages.waitlist_words import WAITLIST
from sloty_booking.pages.words import ACCOUNT, UNSUBSCRIBE
from sloty_shared.models import AppointmentParticipant, AppointmentStatus, NotificationKind

from .line import Line
from .test_offer_letters import deliver, offered

CANCELLED = {"status": AppointmentStatus.CANCELLED}
# What an appointment is, for a message of each kind about it to be true.
ABOUT_APPOINTMENTS: dict[NotificationKind, dict[str, Any]] = {
    NotificationKind.BOOKED: {},
    NotificationKind.REQUESTED: {"requires_approval": True},
    NotificationKind.CONFIRMED: {"status": AppointmentStatus.CONFIRMED},
    NotificationKind.DECLINED: CANCELLED,
    NotificationKind.CANCELLED: CANCELLED,
    NotificationKind.RESCHEDULED: {},
    NotificationKind.REMINDER: {},
}
REPLY = "Invitation"
UNSUBSCRIBED = UNSUBSCRIBE["en"].title
# The titles of the pages that each kind leads to, to customers and participants.
LEADS_TO: dict[str, set[str]] = {
    "BOOKED": {REPLY},
    "REQUESTED": set(),
    "CONFIRMED": {REPLY},
    "DECLINED": set(),
    "CANCELLED": set(),
    "RESCHEDULED": {REPLY},
    # The participant's own link to end reminders is the page where they reply.
    "REMINDER": {REPLY, UNSUBSCRIBED},
    "WAITLIST_OFFER": {WAITLIST["en"].title},
    "EMAIL_VERIFICATION": {ACCOUNT["en"].verify},
    "PASSWORD_RESET": {ACCOUNT["en"].reset},
    "INVITATION": {ACCOUNT["en"].join},
}


@pytest.fixture
def desk(line: Line) -> Iterator[Desk]:
    with PostOffice() as office:
        yield Desk(owner_url=line.urls.owner_url, database=line.database, office=office)


def owe_every_kind(line: Line, desk: Desk) -> None:
    """To a customer and to a participant what concerns appointments, and to users their proofs."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        for days, (kind, columns) in enumerate(ABOUT_APPOINTMENTS.items(), start=1):
            start = line.clock.now + timedelta(days=days)
            row = make_appointment(session, tenant=tenant, start_time=start, **columns)
            guest = AppointmentParticipant(
                tenant_id=tenant.id, appointment_id=row.id, name="Guest", email=new_email()
            )
            session.add(guest)
            session.flush()
            make_notification(session, appointment=row, kind=kind)
            told: dict[str, Any] = {"recipient": guest.email, "participant_id": guest.id}
            make_notification(session, appointment=row, kind=kind, **told)
    owner = line.shop.booking
    address = owner.get("/v1/me")["email"]
    owner.post("/v1/auth/password-reset", {"email": address}, status=202)
    owner.post("/v1/users", {"email": new_email(), "name": "New", "role": "STAFF"})
    offered(line)


def links_in(mail: EmailMessage) -> set[str]:
    """All addresses of web pages in the mail, where text and markup have the same ones."""
    in_text = set(re.findall(r"https?://\S+", text_of(mail)))
    in_markup = set(map(unescape, re.findall(r'href="([^"]*)"', text_of(mail, "html"))))
    assert in_text == in_markup
    return in_text | set(re.findall(r"<(https?://[^>]+)>", mail.get("List-Unsubscribe", "")))


def test_every_link_in_a_mail_opens_its_page(line: Line, desk: Desk) -> None:
    owe_every_kind(line, desk)
    deliver(line, desk)
    opened: dict[str, set[str]] = {}
    for mail in desk.office.accepted:
        titles = opened.setdefault(mail["X-Sloty-Kind"], set())
        for link in links_in(mail):
            assert link.startswith(f"{PUBLIC_URL}/")
            answer = line.anybody.send("GET", link.removeprefix(PUBLIC_URL))
            assert answer.status_code == 200, link
            assert answer.headers["content-type"].startswith("text/html")
            titles.add(Read(answer.text).inline["title"])
    assert opened == LEADS_TO
    assert opened.keys() == set(NotificationKind) - {NotificationKind.TEST}
