"""Writes the message that offers a time to somebody on the waitlist."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from babel import Locale

from sloty_notifications.kinds.facts import (
    locale_of,
    place_lines,
    written_moment,
    written_price,
    zone_name,
)
from sloty_notifications.kinds.language import Language
from sloty_notifications.kinds.languages import language_of
from sloty_notifications.kinds.letter import TEXT, sender_name
from sloty_notifications.kinds.page import Code, Link, Page, fact_rows, html_of
from sloty_notifications.kinds.quiet import UNKNOWN_ZONE
from sloty_notifications.message import Message, one_line
from sloty_notifications.queries import OfferCase
from sloty_shared.models import Notification

# A page of whoever serves the public address; it hands the code to the API.
PAGE = "waitlist"


def write_offer_letter(
    notification: Notification, case: OfferCase, *, base: str, now: datetime
) -> Message:
    """The whole message, written at `now`, with the code both in a link and by itself."""
    offer, customer = case.offer, case.offer.entry.customer
    locale = locale_of(customer.locale, offer.location.country)
    language = language_of(locale.language)
    words = language.words[notification.kind]
    named = _named(case, locale, language)
    content: Mapping[str, Any] = {
        **named,
        **_facts(case, locale),
        "labels": language.labels,
        "subject": one_line(words.subject.format(**named)),
        "headline": words.headline.format(**named),
        "greeting": language.labels.greeting.format(**named),
        "opening": words.opening.format(**named),
        "until": language.offer.until.format(**named),
        "button": language.offer.button,
        "code_label": language.offer.code,
        "otherwise": language.offer.otherwise,
        "code": offer.entry.code,
        "link": f"{base}/{PAGE}?code={offer.entry.code}",
    }
    return Message(
        id=notification.id,
        kind=notification.kind.value,
        written_at=now,
        business=sender_name(case.tenant),
        recipient=notification.recipient,
        recipient_name=one_line(customer.name),
        subject=content["subject"],
        text=TEXT.get_template("offer.txt.jinja").render(content),
        html=html_of(_page(language, content)),
        calendar=None,
    )


def _page(language: Language, content: Mapping[str, Any]) -> Page:
    labels = language.labels
    return Page(
        language=language.code,
        subject=content["subject"],
        preheader=content["until"],
        business=content["business"],
        headline=content["headline"],
        paragraphs=(content["greeting"], content["opening"]),
        rows=tuple(
            fact_rows(
                labels,
                service=content["service"],
                provider=content["provider"],
                moments=(content["moment"], content["zone"]),
                place=content["place"],
                price=content["price"],
            )
        ),
        deadline=content["until"],
        button=Link(content["button"], content["link"]),
        by_hand=Code(content["code_label"], content["code"]),
        note=content["otherwise"],
        farewell=labels.farewell,
        because=language.reasons.waiting.format(business=content["business"]),
    )


def _named(case: OfferCase, locale: Locale, language: Language) -> dict[str, str]:
    """What the words can name."""
    offer = case.offer
    return {
        "business": one_line(case.tenant.name),
        "service": one_line(offer.entry.service.name),
        "first_name": one_line(offer.entry.customer.first_name),
        "moment": written_moment(offer.start_time, offer.timezone, language, locale),
        "expires": _expiry(case, locale, language),
    }


def _facts(case: OfferCase, locale: Locale) -> dict[str, object]:
    offer, service = case.offer, case.offer.entry.service
    return {
        "provider": one_line(offer.provider.user.name or offer.provider.title or ""),
        "zone": zone_name(offer.start_time, offer.timezone, locale),
        "place": () if service.is_online else tuple(place_lines(offer.location)),
        "price": written_price(service, locale),
    }


def _expiry(case: OfferCase, locale: Locale, language: Language) -> str:
    """On the customer's own clock where they told its zone, else on the location's."""
    own = case.offer.entry.customer.timezone
    zone = case.offer.timezone if own == UNKNOWN_ZONE else own
    moment = written_moment(case.offer.expires_at, zone, language, locale)
    return f"{moment} ({zone_name(case.offer.expires_at, zone, locale)})"
