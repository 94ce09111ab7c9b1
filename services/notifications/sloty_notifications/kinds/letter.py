"""Writes the message of a notification: its kind's words around the appointment's facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sloty_notifications.kinds.calendar_entry import calendar_entry
from sloty_notifications.kinds.facts import Facts, gather_facts
from sloty_notifications.kinds.language import Labels, Language, Words
from sloty_notifications.kinds.page import Link, Page, Row, fact_rows, html_of
from sloty_notifications.message import LONGEST_LINE, Message, TextMessage, one_line
from sloty_notifications.queries import Case
from sloty_shared.message_templates import BadTemplate, TemplateTexts, render_template
from sloty_shared.models import MessageTemplate, Notification, Tenant

TEXT = Environment(  # noqa: S701 - What it writes is read as text.
    loader=PackageLoader("sloty_notifications"),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)

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


@dataclass(frozen=True, slots=True)
class _Letter:
    subject: str
    text: str
    html: str


def write_letter(draft: Draft, *, sender: str, now: datetime) -> Message:
    """The whole mail, written at `now` from `sender`'s address."""
    notification, case = draft.notification, draft.case
    facts, language = gather_facts(case)
    letter = _own_letter(draft, facts, language) or _built_in_letter(draft, facts, language)
    return Message(
        id=notification.id,
        kind=notification.kind.value,
        written_at=now,
        business=sender_name(case.tenant),
        recipient=notification.recipient,
        recipient_name=facts.customer,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
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


def _built_in_letter(draft: Draft, facts: Facts, language: Language) -> _Letter:
    words = _words(draft, facts, language)
    greeting = language.labels.greeting.format(first_name=facts.first_name)
    content: Mapping[str, Any] = {
        "facts": facts,
        "labels": language.labels,
        "greeting": greeting,
        "opening": words.opening,
        "unsubscribe": draft.unsubscribe,
        "reply": draft.reply,
    }
    page = Page(
        language=language.code,
        subject=words.subject,
        preheader=_preheader(facts, language.labels),
        business=facts.business,
        headline=words.headline,
        paragraphs=(greeting, words.opening),
        rows=tuple(_rows(facts, language.labels)),
        farewell=language.labels.farewell,
        button=_reply(draft, language),
        because=_because(draft, facts, language),
        unsubscribe=_unsubscribe(draft, language),
    )
    text = TEXT.get_template("appointment.txt.jinja").render(content)
    return _Letter(words.subject, text, html_of(page))


def _preheader(facts: Facts, labels: Labels) -> str:
    """What the subject does not say already."""
    place = ", ".join(facts.place) or labels.online
    return " · ".join(filter(None, (facts.cancellation_reason, facts.provider, place)))


def _rows(facts: Facts, labels: Labels) -> Iterator[Row]:
    yield from fact_rows(
        labels,
        service=facts.service,
        provider=facts.provider,
        moments=(*(facts.dates or (facts.moment,)), facts.zone),
        place=facts.place,
        price=facts.price,
    )
    if facts.cancellation_reason:
        yield labels.reason, (facts.cancellation_reason,)
    if facts.code and not facts.dates:
        yield labels.code, (facts.code,)


def _reply(draft: Draft, language: Language) -> Link | None:
    return Link(language.labels.reply, draft.reply) if draft.reply else None


def _unsubscribe(draft: Draft, language: Language) -> Link | None:
    return Link(language.labels.unsubscribe, draft.unsubscribe) if draft.unsubscribe else None


def _because(draft: Draft, facts: Facts, language: Language) -> str:
    reasons = language.reasons
    reason = reasons.participant if draft.case.participant else reasons.customer
    return reason.format(business=facts.business)


def _own_letter(draft: Draft, facts: Facts, language: Language) -> _Letter | None:
    """What the tenant's template says; its text stands in our layout where it has no HTML."""
    own, texts = draft.own_words, _own_texts(draft, facts)
    if own is None or texts is None:
        return None
    subject = one_line(texts.subject or "")
    if texts.html:
        return _Letter(subject, texts.text, texts.html)
    page = Page(
        language=own.locale,
        subject=subject,
        preheader=one_line(texts.text[:LONGEST_LINE]),
        business=facts.business,
        paragraphs=(_as_lines(texts.text),),
        button=_reply(draft, language),
        because=_because(draft, facts, language),
        unsubscribe=_unsubscribe(draft, language),
    )
    return _Letter(subject, texts.text, html_of(page))


def _as_lines(text: str) -> str:
    return Markup("<br>").join(text.strip().splitlines())


def _words(draft: Draft, facts: Facts, language: Language) -> Words:
    """The kind's words with the facts in them."""
    count = len(draft.case.appointments)
    named = facts.by_name() | {"count": count}
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
    values = facts.by_name() | {"place": ", ".join(facts.place), "dates": "\n".join(facts.dates)}
    try:
        return render_template(TemplateTexts(own.subject, own.text, own.html), values)
    except BadTemplate as fault:
        log.warning("message_template_failed", template_id=str(own.id), fault=str(fault))
        return None


def sender_name(tenant: Tenant) -> str:
    """Whom the tenant's messages come from, by name."""
    return one_line(tenant.settings.get("senderName") or tenant.name)
