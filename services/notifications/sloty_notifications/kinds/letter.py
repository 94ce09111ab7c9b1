"""Writes the message of a notification: its kind's words around the appointment's facts."""

from dataclasses import asdict
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from sloty_notifications.kinds.calendar_entry import calendar_entry
from sloty_notifications.kinds.facts import gather_facts
from sloty_notifications.message import Message, one_line
from sloty_shared.models import Appointment, Notification, Tenant

HTML = Environment(
    loader=PackageLoader("sloty_notifications"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEXT = HTML.overlay(autoescape=False)


def write_letter(
    notification: Notification,
    appointment: Appointment,
    tenant: Tenant,
    *,
    sender: str,
    now: datetime,
) -> Message:
    """The whole message, written at `now` from `sender`'s address.

    The appointment comes with service, provider and user, location and customer loaded.
    """
    facts, language = gather_facts(appointment, tenant)
    named = asdict(facts)
    words = language.words[notification.kind]
    content = {
        "facts": facts,
        "labels": language.labels,
        "language": language.code,
        "headline": words.headline.format(**named),
        "greeting": language.labels.greeting.format(**named),
        "opening": words.opening.format(**named),
    }
    return Message(
        id=notification.id,
        kind=notification.kind.value,
        written_at=now,
        business=sender_name(tenant),
        recipient=notification.recipient,
        recipient_name=facts.customer,
        subject=one_line(words.subject.format(**named)),
        text=TEXT.get_template("appointment.txt.jinja").render(content),
        html=HTML.get_template("appointment.html.jinja").render(content),
        calendar=calendar_entry(appointment, facts, language.labels, sender=sender, now=now),
    )


def sender_name(tenant: Tenant) -> str:
    """Whom the tenant's messages come from, by name."""
    return one_line(tenant.settings.get("senderName") or tenant.name)
