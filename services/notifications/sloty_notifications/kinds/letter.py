"""Writes the message of a notification: its kind's words around the appointment's facts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined

from sloty_notifications.kinds.calendar_entry import calendar_entry
from sloty_notifications.kinds.facts import Facts, gather_facts
from sloty_notifications.kinds.language import Language, Words
from sloty_notifications.message import Message, TextMessage, one_line
from sloty_notifications.queries import Case
from sloty_shared.message_templates import BadTemplate, TemplateTexts, render_template
from sloty_shared.models import MessageTemplate, Notification, Tenant

HTML = Environment(
    loader=PackageLoader("sloty_notifications"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEXT = HTML.overlay(autoescape=False)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message about an appointment is written from.

    `own_words` is the tenant's template for it, if there is one; `unsubscribe` the link that ends
    such messages, where the recipient has the choice; `reply` the one by which a participant answers.
    """

    notification: Notification
    case: Case
    own_words: MessageTemplate | None = None
    unsubscribe: str | None = None
    reply: str | None = None


def write_letter(draft: Draft, *, sender: str, now: datetime) -> Message:
    """The whole mail, written at `now` from `sender`'s address."""
    notification, case = draft.notification, draft.case
    facts, language = gather_facts(case)
    texts = _own_texts(draft, facts) or _built_in_letter(draft, facts, language)
    return Message(
        id=notification.id,
        kind=notification.kind.value,
        written_at=now,
        business=sender_name(case.tenant),
        recipient=notification.recipient,
        recipient_name=facts.customer,
        subject=one_line(texts.subject or ""),
        text=texts.text,
        html=texts.html or HTML.get_template("plain.html.jinja").render(text=texts.text),
        calendar=calendar_entry(draft.case, facts, language.labels, sender=sender, now=now),
        unsubscribe=draft.unsubscribe,
        request_id=notification.request_id,
    )


def write_text_message(draft: Draft) -> TextMessage:
    """The whole text message: what, when and where in one line."""
    facts, language = gather_facts(draft.case)
    texts = _own_texts(draft, facts)
    words = _words(draft, facts, language)
    lines = (facts.business, words.subject, facts.zone.rpartition(", ")[2], ", ".join(facts.place))
    return TextMessage(
        id=draft.notification.id,
        recipient=draft.notification.recipient,
        text=texts.text if texts else ". ".join(filter(None, lines)),
    )


def _built_in_letter(draft: Draft, facts: Facts, language: Language) -> TemplateTexts:
    words = _words(draft, facts, language)
    content: Mapping[str, Any] = {
        "facts": facts,
        "labels": language.labels,
        "language": language.code,
        "headline": words.headline,
        "greeting": language.labels.greeting.format(first_name=facts.first_name),
        "opening": words.opening,
        "unsubscribe": draft.unsubscribe,
        "reply": draft.reply,
    }
    return TemplateTexts(
        subject=words.subject,
        text=TEXT.get_template("appointment.txt.jinja").render(content),
        html=HTML.get_template("appointment.html.jinja").render(content),
    )


def _words(draft: Draft, facts: Facts, language: Language) -> Words:
    """The kind's words with the facts in them."""
    count = len(draft.case.appointments)
    named = asdict(facts) | {"count": count}
    words = language.words_about(draft.notification.kind, count)
    return Words(
        subject=words.subject.format(**named),
        headline=words.headline.format(**named),
        opening=words.opening.format(**named),
    )


def _own_texts(draft: Draft, facts: Facts) -> TemplateTexts | None:
    """What the tenant's template says; None where there is none, or none that can be written."""
    own = draft.own_words
    if own is None:
        return None
    values = asdict(facts) | {"place": ", ".join(facts.place), "dates": "\n".join(facts.dates)}
    try:
        return render_template(TemplateTexts(own.subject, own.text, own.html), values)
    except BadTemplate as fault:
        log.warning("message_template_failed", template_id=str(own.id), fault=str(fault))
        return None


def sender_name(tenant: Tenant) -> str:
    """Whom the tenant's messages come from, by name."""
    return one_line(tenant.settings.get("senderName") or tenant.name)
