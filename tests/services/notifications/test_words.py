"""The words of messages: four languages, and a tenant's own templates."""

from decimal import Decimal
from typing import Any

import pytest
from tests.factories import make_appointment, make_customer, make_notification, make_tenant

from sloty_notifications.kinds.languages import language_of
from sloty_notifications.kinds.truth import TRUE_WHILE
from sloty_shared.models import Channel, MessageTemplate, NotificationKind

from .desk import Desk
from .test_letters import START, letter, text_of

LANGUAGES = ("en", "de", "fr", "es")


@pytest.mark.parametrize("code", LANGUAGES)
def test_language_has_words_for_every_kind(code: str) -> None:
    language = language_of(code)
    assert language.code == code
    kinds = set(NotificationKind) - {NotificationKind.TEST}
    assert language.words.keys() | language.account.words.keys() == kinds
    assert language.several.keys() == TRUE_WHILE.keys()


@pytest.mark.parametrize(
    ("locale", "subject", "says"),
    [
        ("de-DE", "Gebucht: Haircut, Dienstag, 24. November 2026 um 09:00", "25,00\xa0€"),
        ("fr-FR", "Réservé : Haircut, mardi 24 novembre 2026 à 09:00", "Bonjour Jane,"),
        ("es-ES", "Reservada: Haircut, martes, 24 de noviembre de 2026, 9:00", "Hola, Jane:"),
        ("en-US", "Booked: Haircut, Tuesday, November 24, 2026 at 9:00 AM", "€25.00"),
    ],
)
def test_mail_is_in_the_customers_language(
    desk: Desk, locale: str, subject: str, says: str
) -> None:
    service = {"price": Decimal("25.00")}
    mail = letter(desk, customer={"locale": locale}, service=service)
    assert mail["Subject"] == subject
    for text in (text_of(mail), text_of(mail, "html")):
        assert says in text
    assert f'lang="{locale[:2]}"' in text_of(mail, "html")


def letter_with_template(desk: Desk, *, reader: str = "en", **columns: Any) -> Any:
    """A booking's mail of a tenant with this template, to a customer of this locale."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        customer = make_customer(session, tenant=tenant, locale=reader, first_name="J<b>")
        words = {"kind": NotificationKind.BOOKED, "channel": Channel.EMAIL, "locale": "en"}
        words |= {"subject": "S {{ service }}", "text": "T {{ first_name }}\n{{ place }}"}
        session.add(MessageTemplate(tenant_id=tenant.id, **words | columns))
        appointment = make_appointment(session, tenant=tenant, customer=customer, start_time=START)
        make_notification(session, appointment=appointment)
    desk.deliver()
    return desk.office.accepted[-1]


def test_tenants_own_words_are_sent(desk: Desk) -> None:
    mail = letter_with_template(desk, html="<i>{{ first_name }}</i>")
    assert mail["Subject"] == "S Haircut"
    assert text_of(mail).strip() == "T J<b>\nRosa am Markt, Marktplatz 1, 10178 Berlin"
    assert text_of(mail, "html").strip() == "<i>J&lt;b&gt;</i>"


def test_mail_without_own_html_shows_the_text(desk: Desk) -> None:
    assert "T J&lt;b&gt;" in text_of(letter_with_template(desk), "html")


@pytest.mark.parametrize(
    ("written_in", "reader", "own"),
    [
        ("de", "de-AT", True),
        ("de-AT", "de-AT", True),
        ("de-CH", "de-AT", False),
        ("de", "en", False),
        ("pt", "pt-BR", True),
    ],
)
def test_template_is_for_its_language(
    desk: Desk, written_in: str, reader: str, *, own: bool
) -> None:
    mail = letter_with_template(desk, reader=reader, locale=written_in)
    assert mail["Subject"].startswith("S ") is own


@pytest.mark.parametrize("text", ["{{ gone }}", "{% for", "{{ first_name.x }}", "{{ 1 ** 9 }}"])
def test_template_that_fails_gives_way_to_the_built_in(desk: Desk, text: str) -> None:
    mail = letter_with_template(desk, text=text)
    assert mail["Subject"] == "Booked: Haircut, Tuesday, 24 November 2026 at 09:00"
    assert "Hello J<b>" in text_of(mail)


def test_subject_stays_one_line(desk: Desk) -> None:
    mail = letter_with_template(desk, subject="A\nBcc: x@y.example")
    assert mail["Bcc"] is None
    assert mail["Subject"] == "A Bcc: x@y.example"
