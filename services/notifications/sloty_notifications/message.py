"""A message ready to be sent, whatever carries it."""

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

    method: Literal["REQUEST", "CANCEL"]
    body: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient; `id` is the notification's and the same in each attempt."""

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


def one_line(text: str) -> str:
    """Make text from outside safe to stand in a header or a line, however it was meant."""
    kept = (" " if unicodedata.category(c) in _NOT_IN_A_LINE else c for c in text)
    return " ".join("".join(kept).split())[:LONGEST_LINE]
