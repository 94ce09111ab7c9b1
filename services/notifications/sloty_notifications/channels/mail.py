"""A message as an RFC 5322 mail that any relay takes: seven bits, no header from outside.

Only what comes from outside goes through Python's own headers; the rest of a mail is always alike,
and written out it costs a twentieth of what building it part by part does.
"""

from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterator
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry
from email.policy import SMTP, Policy
from email.utils import format_datetime
from functools import lru_cache

from sloty_notifications.channels.carrier import Refused
from sloty_notifications.message import CalendarEntry, Message, one_line

_HEADERS = HeaderRegistry()
_SEVEN_BIT = SMTP.clone(cte_type="7bit", header_factory=_HEADERS)
_AS_IT_IS = _SEVEN_BIT.clone(utf8=True)
ONE_LINE_BYTES = 40
LONGEST_LINE = 78
CALENDAR_FILE = "appointment.ics"


def build_mail(message: Message, *, sender: str, to: Address) -> bytes:
    """The mail. Its Message-ID is the same in every attempt, so repeats can be told apart."""
    # What stands in a boundary is never found in quoted-printable or Base64.
    outer, inner = f"=_outer_{message.id.hex}", f"=_inner_{message.id.hex}"
    alternatives = _alternatives(message)
    if message.calendar is None:
        parts = [_headers(message, sender, to, "alternative", inner)]
        parts += _multipart(inner, alternatives)
    else:
        parts = [_headers(message, sender, to, "mixed", outer)]
        both = b"".join([_multipart_head(inner), *_multipart(inner, alternatives)])
        parts += _multipart(outer, [both, _attached(message.calendar)])
    return b"".join(parts)


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


def _headers(message: Message, sender: str, to: Address, subtype: str, boundary: str) -> bytes:
    policy = _SEVEN_BIT if to.addr_spec.isascii() else _AS_IT_IS
    lines = [
        _from(message.business, sender, policy),
        _folded("To", str(to), policy),
        _folded("Subject", one_line(message.subject), policy),
        f"Date: {format_datetime(message.written_at)}\r\n",
        f"Message-ID: <{message.id}@{sender.rpartition('@')[2]}>\r\n",
        f"X-Sloty-Kind: {message.kind}\r\n",
        "Auto-Submitted: auto-generated\r\n",
    ]
    if message.request_id is not None:
        lines.append(f"X-Request-Id: {one_line(message.request_id)}\r\n")
    if message.unsubscribe is not None:
        # RFC 8058: mail programs show a button for it. A link in pieces is none.
        lines.append(f"List-Unsubscribe: <{message.unsubscribe}>\r\n")
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    lines.append("MIME-Version: 1.0\r\n")
    head = "".join(lines).encode()
    return head + _multipart_head(boundary, subtype)


@lru_cache(maxsize=1000)
def _from(business: str, sender: str, policy: Policy) -> str:
    return _folded("From", str(Address(_display_name(business), addr_spec=sender)), policy)


def _folded(name: str, value: str, policy: Policy) -> str:
    """The header's lines: a short one in ASCII is itself, and Python folds and encodes the others."""
    line = f"{name}: {value}"
    if value.isascii() and len(line) <= LONGEST_LINE:
        return f"{line}\r\n"
    return str(policy.fold(name, policy.header_store_parse(name, value)[1]))


def _alternatives(message: Message) -> Iterator[bytes]:
    """The same said in several ways, the best last."""
    yield _quoted("text/plain", message.text)
    yield _quoted("text/html", message.html)
    if message.calendar is not None:
        method = f'; method="{message.calendar.method}"'
        yield _quoted("text/calendar", message.calendar.body, method)


def _quoted(content_type: str, text: str, parameters: str = "") -> bytes:
    one_kind_of_ends = text.replace("\r\n", "\n").replace("\r", "\n")
    body = b2a_qp(one_kind_of_ends.encode("utf-8", "replace"), istext=True)
    head = (
        f'Content-Type: {content_type}; charset="utf-8"{parameters}\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + body.replace(b"\n", b"\r\n")


def _attached(calendar: CalendarEntry) -> bytes:
    """As a file for people who open it, beside the part for programs that act on it."""
    head = (
        "Content-Type: application/ics\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{CALENDAR_FILE}"\r\n\r\n'
    )
    body = encodebytes(calendar.body.encode("utf-8", "replace"))
    return head.encode() + body.replace(b"\n", b"\r\n")


def _multipart_head(boundary: str, subtype: str = "alternative") -> bytes:
    return f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()


def _multipart(boundary: str, parts: Iterator[bytes] | list[bytes]) -> Iterator[bytes]:
    for part in parts:
        yield f"--{boundary}\r\n".encode()
        yield part
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


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
