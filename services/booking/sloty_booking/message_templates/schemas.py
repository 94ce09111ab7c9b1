"""The JSON of message templates."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from sloty_shared.message_templates import VARIABLES
from sloty_shared.models import URGENT, Channel, NotificationKind
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import Lines, Locale, LongText, ShortText
from sloty_shared.web.schemas import ApiModel, Checked, Choice, Resource

LONGEST_HTML = 50_000
_NAMES = ", ".join(VARIABLES)
# They carry a link or a token, which no template can name.
_LINKING_KINDS = [*URGENT, NotificationKind.TEST, NotificationKind.WAITLIST_OFFER]

Markup = Annotated[str, Lines, StringConstraints(min_length=1, max_length=LONGEST_HTML)]
"""Up to 50,000 characters of HTML."""
Words = Annotated[LongText, StringConstraints(min_length=1)]
"""A text that says something."""


class _Texts(ApiModel):
    kind: Checked[Choice[NotificationKind]] = NotificationKind.REMINDER
    channel: Checked[Choice[Channel]] = Channel.EMAIL
    subject: Checked[ShortText | None] = Field(
        None, description="Of mails alone.", examples=["Reminder: {{ service }}, {{ moment }}"]
    )
    text: Words = Field(
        description=f"In Jinja's language, without loops and calls. It can name {_NAMES}. There are "
        "`dates`, a line for each, in messages about several appointments.",
        examples=["Hello {{ first_name }}, we expect you on {{ moment }}."],
    )
    html: Checked[Markup | None] = Field(
        None,
        description="Of mails alone; left out, it is made of `text`. Values stand in it as text.",
        examples=["<p>Hello {{ first_name }}</p>"],
    )

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:
        faults = {}
        channel = data.get("channel") or Channel.EMAIL
        if channel == Channel.WEBHOOK:
            faults["channel"] = ValueError("Messages of this channel have no template")
        if data.get("kind") in _LINKING_KINDS:
            faults["kind"] = ValueError("Messages of this kind have no template")
        if channel == Channel.EMAIL and data.get("subject") is None:
            faults["subject"] = ValueError("A mail needs a subject")
        if channel == Channel.SMS:
            mails_own = [name for name in ("subject", "html") if data.get(name) is not None]
            fault = ValueError("A text message has neither subject nor html")
            faults |= dict.fromkeys(mails_own, fault)
        return faults


class NewMessageTemplate(_Texts):
    locale: Locale = Field(
        description="For recipients of this locale, or of this language where it names no country.",
        examples=["en"],
    )


class PreviewRequest(_Texts):
    """As a new template, and needs no locale."""


class MessageTemplateChange(ApiModel):
    subject: ShortText | None = Field(None, examples=["See you soon: {{ service }}"])
    text: Words | None = Field(None, examples=["Hello {{ first_name }}, see you on {{ moment }}."])
    html: Clearable[Markup] = Field(None, examples=["<p>See you on {{ moment }}</p>"])


class MessageTemplateView(Resource):
    id: UUID
    kind: NotificationKind
    channel: Channel
    locale: str
    subject: str | None
    text: str
    html: str | None
    created_at: datetime
    updated_at: datetime


class Preview(Resource):
    subject: str | None
    text: str
    html: str | None
