"""Preparing: whether a message is still true and wanted, and what it is written from.

The rows are read inside of a transaction that ends before anything is written or sent.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from sloty_notifications.kinds.account_letter import PAGES, Proofs, write_account_letter
from sloty_notifications.kinds.facts import locale_of
from sloty_notifications.kinds.letter import Draft, write_letter, write_text_message
from sloty_notifications.kinds.offer_letter import write_offer_letter
from sloty_notifications.kinds.quiet import quiet_until
from sloty_notifications.kinds.truth import (
    what_is_true,
    why_not,
    why_not_call,
    why_not_offer,
    why_not_prove,
)
from sloty_notifications.message import Call, Outgoing
from sloty_notifications.queries import (
    Case,
    OwnWords,
    TemplateKey,
    account_case_of,
    case_of,
    offer_case_of,
    own_words,
    webhook_of,
)
from sloty_shared.appointment_events import EVENTS, TEST_EVENT, appointment_data, instant
from sloty_shared.invitation import InvitationLink
from sloty_shared.models import (
    AppointmentParticipant,
    Channel,
    MessageTemplate,
    Notification,
    NotificationKind,
    Webhook,
)
from sloty_shared.unsubscribing import PATH, Unsubscription

# A reminder that is late by less goes out although the quiet hours have begun meanwhile.
PUNCTUAL = timedelta(minutes=15)
WEBHOOK_SECRET = "webhook"  # noqa: S105 - The purpose under which secrets are sealed.

_ASKING = frozenset(
    {
        NotificationKind.BOOKED,
        NotificationKind.CONFIRMED,
        NotificationKind.RESCHEDULED,
        NotificationKind.REMINDER,
    }
)

Writing = Callable[[], Outgoing]


@dataclass(frozen=True, slots=True)
class Stationery:
    """What messages are written with: the address that mails come from, and our own links."""

    sender: str
    proofs: Proofs


def prepare(
    session: Session, notification: Notification, stationery: Stationery, *, now: datetime
) -> Writing | None:
    """How the message is written; None when the row was settled or put off instead."""
    if notification.channel is Channel.WEBHOOK:
        return _call(session, notification, stationery, now)
    if notification.kind in PAGES:
        return _account_letter(session, notification, stationery, now)
    if notification.kind is NotificationKind.WAITLIST_OFFER:
        return _offer_letter(session, notification, stationery, now)
    case = case_of(session, notification)
    words = own_words(session, notification.tenant_id, [notification.kind])
    return write_about(notification, case, words, stationery, now=now)


def write_about(
    notification: Notification,
    case: Case,
    words: OwnWords,
    stationery: Stationery,
    *,
    now: datetime,
) -> Writing | None:
    """A mail or text message about an appointment, of which everything is read already."""
    case = what_is_true(notification, case)
    if _is_settled(notification, why_not(notification, case, now)):
        return None
    if _waits_for_morning(notification, case, now):
        return None
    draft = Draft(
        notification,
        case,
        _template(notification, case, words),
        _unsubscribe_link(notification, case, stationery),
        _reply_link(notification, case, stationery),
    )
    if notification.channel is Channel.SMS:
        return partial(write_text_message, draft)
    return partial(write_letter, draft, sender=stationery.sender, now=now)


def _is_settled(notification: Notification, unwanted: str | None) -> bool:
    if unwanted is not None:
        notification.skip(unwanted)
    return unwanted is not None


def _waits_for_morning(notification: Notification, case: Case, now: datetime) -> bool:
    """Whether a late reminder has met the quiet hours: it waits for their end, if that is in time."""
    if notification.kind is not NotificationKind.REMINDER or now < notification.due_at + PUNCTUAL:
        return False
    morning = quiet_until(case, now)
    if morning is None:
        return False
    if morning >= case.appointment.start_time:
        notification.skip("This reminder was late, and then quiet hours held until the start.")
    else:
        notification.forgive()
        notification.retry_at(morning, "This reminder is late and waits for quiet hours to end.")
    return True


def _template(notification: Notification, case: Case, words: OwnWords) -> MessageTemplate | None:
    """The tenant's, in the recipient's own locale or else in their language."""
    if not words:
        return None
    customer, place = case.appointment.customer, case.appointment.location
    language = locale_of(customer.locale, place.country).language
    keys = (
        TemplateKey(notification.kind, notification.channel, locale)
        for locale in (customer.locale, language)
    )
    return next((words[key] for key in keys if key in words), None)


def _unsubscribe_link(notification: Notification, case: Case, stationery: Stationery) -> str | None:
    if notification.kind is not NotificationKind.REMINDER:
        return None
    proofs = stationery.proofs
    if case.participant is not None:
        return proofs.base + _invitation(case.participant).unsubscribe_path(proofs.encryption)
    customer = case.appointment.customer
    named = Unsubscription(customer.tenant_id, customer.id, notification.channel)
    return f"{proofs.base}{PATH}/{named.token(proofs.encryption)}"


def _reply_link(notification: Notification, case: Case, stationery: Stationery) -> str | None:
    """Where a participant says whether they come, while that is still asked."""
    if case.participant is None or notification.kind not in _ASKING:
        return None
    proofs = stationery.proofs
    return proofs.base + _invitation(case.participant).path(proofs.encryption)


def _invitation(participant: AppointmentParticipant) -> InvitationLink:
    return InvitationLink(participant.tenant_id, participant.id)


def _account_letter(
    session: Session, notification: Notification, stationery: Stationery, now: datetime
) -> Writing | None:
    """None when nobody can use the proof any more."""
    case = account_case_of(session, notification)
    if case is None:
        notification.skip("The user or the token of this message is not there any more.")
        return None
    if _is_settled(notification, why_not_prove(case, now)):
        return None
    return partial(write_account_letter, notification, case, stationery.proofs, now=now)


def _offer_letter(
    session: Session, notification: Notification, stationery: Stationery, now: datetime
) -> Writing | None:
    """None when the offer stands no more."""
    case = offer_case_of(session, notification)
    if _is_settled(notification, why_not_offer(case, now)):
        return None
    return partial(write_offer_letter, notification, case, base=stationery.proofs.base, now=now)


def _call(
    session: Session, notification: Notification, stationery: Stationery, now: datetime
) -> Writing | None:
    """An event is told as it happened, whatever came after; only a reminder must still be true."""
    webhook = webhook_of(session, notification)
    unwanted = why_not_call(webhook)
    data = notification.payload
    if unwanted is None and notification.kind is NotificationKind.REMINDER:
        case = case_of(session, notification)
        unwanted = why_not(notification, case, now)
        data = appointment_data(case.appointment)
    if _is_settled(notification, unwanted) or webhook is None:
        return None
    body = {
        "type": EVENTS.get(notification.kind, TEST_EVENT),
        "timestamp": instant(notification.due_at),
        "data": data,
    }
    return partial(_sealed_call, notification, webhook, json.dumps(body), stationery, now)


def _sealed_call(
    notification: Notification, webhook: Webhook, body: str, stationery: Stationery, now: datetime
) -> Call:
    secret = stationery.proofs.encryption.open(webhook.secret, WEBHOOK_SECRET)
    return Call(id=notification.id, url=webhook.url, body=body, secret=secret, made_at=now)
