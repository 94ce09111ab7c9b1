"""Mails as files: what the catch-all mailbox keeps, one `.eml` each, newest first."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from pathlib import Path

MAIL_ID = re.compile(r"\d{20}-[0-9a-f]{8}")
NANOSECONDS = 10**9


@dataclass(frozen=True)
class MailSummary:
    """What a list shows of one mail; `recipients` are those of the envelope."""

    id: str
    sender: str
    recipients: Sequence[str]
    subject: str
    message_id: str
    kind: str
    received_at: datetime


class MailStore:
    """The mails in one folder. Any number of processes may read while one adds."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._summaries: dict[str, MailSummary] = {}

    def add(self, sender: str, recipients: Sequence[str], content: bytes) -> str:
        """Keep a mail as it came, its envelope in front, and return its id."""
        envelope = [f"Return-Path: <{sender}>"]
        envelope += [f"Delivered-To: {recipient}" for recipient in recipients]
        head = "".join(f"{line}\r\n" for line in envelope).encode("utf-8", "surrogateescape")
        mail_id = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.directory / f"{mail_id}.unfinished"
        unfinished.write_bytes(head + content)
        unfinished.rename(self._path(mail_id))
        return mail_id

    def newest(self, limit: int | None = None) -> list[MailSummary]:
        """Summaries of the latest mails, newest first."""
        names = sorted((path.stem for path in self.directory.glob("*.eml")), reverse=True)
        return [self._summary(name) for name in names[:limit] if MAIL_ID.fullmatch(name)]

    def raw(self, mail_id: str) -> bytes | None:
        """The whole mail, or None when there is no such mail."""
        if not MAIL_ID.fullmatch(mail_id):
            return None
        try:
            return self._path(mail_id).read_bytes()
        except FileNotFoundError:
            return None

    def message(self, mail_id: str) -> EmailMessage | None:
        """The mail parsed, or None when there is no such mail."""
        content = self.raw(mail_id)
        if content is None:
            return None
        return message_from_bytes(content, _class=EmailMessage, policy=policy.default)

    def clear(self) -> None:
        """Forget every mail."""
        for path in self.directory.glob("*.eml"):
            path.unlink(missing_ok=True)

    def _summary(self, mail_id: str) -> MailSummary:
        if mail_id not in self._summaries:
            with self._path(mail_id).open("rb") as content:
                headers = BytesHeaderParser(policy=policy.compat32).parse(content)
            self._summaries[mail_id] = _summarise(mail_id, headers)
        return self._summaries[mail_id]

    def _path(self, mail_id: str) -> Path:
        return self.directory / f"{mail_id}.eml"


def _summarise(mail_id: str, headers: Message) -> MailSummary:
    return MailSummary(
        id=mail_id,
        sender=_readable(headers["From"]),
        recipients=[str(recipient) for recipient in headers.get_all("Delivered-To", [])],
        subject=_readable(headers["Subject"]),
        message_id=_readable(headers["Message-ID"]),
        kind=_readable(headers["X-Sloty-Kind"]),
        received_at=datetime.fromtimestamp(int(mail_id[:20]) / NANOSECONDS, UTC),
    )


def _readable(header: object) -> str:
    """A header as a person reads it; a broken encoding is shown as it came."""
    raw = "" if header is None else str(header)
    try:
        return str(make_header(decode_header(raw)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return raw
