"""A message ready to be sent: a mail, a text message or the call of a webhook."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

LONGEST_LINE = 200
# Controls, surrogates, line and paragraph separators: what could end a line or break an encoding.
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An iCalendar object and its METHOD (RFC 5546)."""

    method: Literal["REQUEST", "CANCEL", "PUBLISH"]
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one recipient; `id` is the notification's and the same in each attempt.

    `unsubscribe` is the address that takes the recipient's one click, where there is a choice;
    `request_id` names the request that the message came of, where it was one.
    """

    id: UUID
    kind: str
    written_at: datetime
    business: str
    recipient: str
    recipient_name: str
    subject: str
    text: str
    html: str
    calendar: CalendarEntry | None
    unsubscribe: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """One text message to one telephone number, as the recipient gave it."""

    id: UUID
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a webhook: a JSON body, to be signed with the secret that both sides know."""

    id: UUID
    url: str
    body: str
    secret: bytes
    made_at: datetime


Outgoing = Message | TextMessage | Call


def one_line(text: str) -> str:
    """Make text from outside safe to stand in a header or a line, however it was meant."""
    if not text.isprintable():
        text = "".join(" " if unicodedata.category(c) in _NOT_IN_A_LINE else c for c in text)
    return " ".join(text.split())[:LONGEST_LINE]
