"""A message as an RFC 5322 mail that any relay takes: seven bits, no header from outside."""

from email.errors import MessageError
from email.headerregistry import (
    Address,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, Policy

from sloty_notifications.channels.carrier import Refused
from sloty_notifications.message import CalendarEntry, Message, one_line


class _LinkHeader(UnstructuredHeader, BaseHeader):
    """A link in ASCII that stays in one piece: what Python makes of a long one nobody can follow."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _LinkHeader)
_SEVEN_BIT = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
ONE_LINE_BYTES = 40
CALENDAR_FILE = "appointment.ics"


def build_mail(message: Message, *, sender: str, to: Address) -> EmailMessage:
    """The mail. Its Message-ID is the same in every attempt, so repeats can be told apart."""
    mail = EmailMessage(policy=_SEVEN_BIT.clone(utf8=not to.addr_spec.isascii()))
    mail["From"] = Address(_display_name(message.business), addr_spec=sender)
    mail["To"] = to
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = message.written_at
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["X-Sloty-Kind"] = message.kind
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe is not None:
        # RFC 8058: mail programs show a button for it.
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(_encodable(message.text))
    mail.add_alternative(_encodable(message.html), subtype="html")
    if message.calendar is not None:
        _add_calendar(mail, message.calendar)
    return mail


def recipient_address(address: str, name: str) -> Address:
    """The recipient, its domain in ASCII. Raises Refused when no mail can be sent there."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        if local.isascii():
            return Address(_display_name(name), addr_spec=f"{local}@{host}")
        return Address(_display_name(name), username=_one_word(local), domain=_one_word(host))
    except (ValueError, IndexError, MessageError) as problem:
        raise Refused("The recipient's mail address is not valid.") from problem


def _display_name(name: str) -> str:
    """A name for an address header.

    Python loses spaces where it breaks a long name beyond ASCII into lines; it keeps these.
    """
    shown = one_line(name)
    is_broken = not shown.isascii() and len(shown.encode("utf-8", "replace")) > ONE_LINE_BYTES
    return shown.replace(" ", "\N{NO-BREAK SPACE}") if is_broken else shown


def _one_word(part: str) -> str:
    if not part or any(c.isspace() or c in '<>()[],;:"\\@' for c in part) or one_line(part) != part:
        raise ValueError(part)
    return part


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _add_calendar(mail: EmailMessage, calendar: CalendarEntry) -> None:
    """Beside the text for programs that act on it, and as a file for people who open it."""
    body = _encodable(calendar.body)
    mail.add_alternative(body, subtype="calendar", params={"method": calendar.method})
    mail.add_attachment(
        body.encode("utf-8"), maintype="application", subtype="ics", filename=CALENDAR_FILE
    )
