"""The mail that offers a time: what it says, and that it is only sent while the offer stands."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.api_clients import answered, customer
from tests.services.notifications.desk import PUBLIC_URL, Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.test_letters import text_of

from .line import HALF_AN_HOUR, Line

# Nine in the morning in Berlin on the day that is waited for; the offer lapses at 08:30 and a second.
NINE_IN = {
    "en": ("Tuesday, 23 March 2027 at 09:00", "Monday, 22 March 2027 at 08:30"),
    "de": ("Dienstag, 23. März 2027 um 09:00", "Montag, 22. März 2027 um 08:30"),
    "fr": ("mardi 23 mars 2027 à 09:00", "lundi 22 mars 2027 à 08:30"),
    "es": ("martes, 23 de marzo de 2027, 9:00", "lunes, 22 de marzo de 2027, 8:30"),
}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture
def desk(line: Line, office: PostOffice) -> Desk:
    """Delivers at the moment of the line's clock; what other tests left owed has gone out."""
    desk = Desk(owner_url=line.urls.owner_url, database=line.database, office=office)
    deliver(line, desk)
    office.forget()
    return desk


def deliver(line: Line, desk: Desk) -> None:
    desk.ahead = line.clock.now - datetime.now(UTC)
    desk.deliver()


def letters(desk: Desk) -> list[Any]:
    return [mail for mail in desk.office.accepted if mail["X-Sloty-Kind"] == "WAITLIST_OFFER"]


def offered(line: Line, **person: Any) -> Any:
    """An entry that has just been offered the first hour of the day."""
    entry = line.join(customer=customer(**person))
    line.free()
    assert line.scan() == 1
    return entry


@pytest.mark.parametrize("locale", NINE_IN)
def test_offer_is_mailed_in_the_customers_language(line: Line, desk: Desk, locale: str) -> None:
    entry = offered(line, locale=f"{locale}-{'GB' if locale == 'en' else locale.upper()}")
    deliver(line, desk)
    [mail] = letters(desk)
    moment, expires = NINE_IN[locale]
    assert mail["Subject"].endswith(f"Massage, {moment}")
    link = f"{PUBLIC_URL}/waitlist?code={entry['code']}"
    for text in (text_of(mail), text_of(mail, "html")):
        for said in ("Grace", moment, expires, "Europe/Berlin", "Mary Jackson", "1 Main", link):
            assert said in text
    assert f'lang="{locale}"' in text_of(mail, "html")
    [message] = line.messages(entry)
    assert (message["status"], message["attempts"]) == ("SENT", 1)
    deliver(line, desk)
    assert len(letters(desk)) == 1


def test_expiry_is_told_on_the_customers_clock(line: Line, desk: Desk) -> None:
    offered(line, timezone="America/New_York", locale="en-GB")
    deliver(line, desk)
    [mail] = letters(desk)
    assert "Tuesday, 23 March 2027 at 09:00 (Central European" in text_of(mail)
    assert "until Monday, 22 March 2027 at 03:30 (Eastern Daylight Time, America/New_York)" in (
        text_of(mail)
    )


def accept(line: Line, entry: Any) -> None:
    line.accept(entry)


def decline(line: Line, entry: Any) -> None:
    line.decline(entry)


def leave(line: Line, entry: Any) -> None:
    assert line.shop.booking.send("DELETE", f"/v1/waitlist/{entry['id']}").status_code == 204


def wait(line: Line, _entry: Any) -> None:
    line.clock.pass_by(HALF_AN_HOUR)


def wait_and_scan(line: Line, entry: Any) -> None:
    wait(line, entry)
    line.scan()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (accept, "The offer was accepted before this message was sent."),
        (decline, "The offer was declined before this message was sent."),
        (leave, "The customer left the waitlist before this message was sent."),
        (wait, "The offer expired before this message was sent."),
        (wait_and_scan, "The offer expired before this message was sent."),
    ],
)
def test_stale_offer_is_skipped(line: Line, desk: Desk, change: Any, reason: str) -> None:
    entry = offered(line)
    change(line, entry)
    deliver(line, desk)
    [message] = line.messages(entry)
    assert (message["status"], message["reason"]) == ("SKIPPED", reason)
    assert letters(desk) == []


def test_offer_is_listed_among_the_messages(line: Line) -> None:
    entry = offered(line)
    listed = line.shop.booking.get("/v1/notifications", limit=200)["items"]
    [offer] = [message for message in listed if message["kind"] == "WAITLIST_OFFER"]
    assert offer["appointmentId"] is None
    assert offer["recipient"] == line.messages(entry)[0]["recipient"]


def test_offer_has_no_template_of_the_business(line: Line) -> None:
    words = {"kind": "WAITLIST_OFFER", "subject": "Free", "text": "Free", "locale": "en"}
    answer = line.shop.booking.send("POST", "/v1/message-templates", json=words)
    assert answered(answer, 422)["code"] == "validation_failed"
