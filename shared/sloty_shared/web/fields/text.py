"""Text from outside: names, notes, addresses and codes that no later reader can choke on."""

import re
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from sloty_shared.web.fields.currencies import ACTIVE_CURRENCIES

MAX_EMAIL_LENGTH = 254
MAX_URL_LENGTH = 2000
_MIN_PHONE_DIGITS, _MAX_PHONE_DIGITS = 4, 17

_CONTROL = r"\x00-\x1f\x7f-\x9f"
# Bidirectional marks and overrides, and characters without width: in a name they only deceive.
_INVISIBLE = r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOT_IN_A_LINE = re.compile(f"[{_CONTROL}{_INVISIBLE}]")
# Persian and Indic spelling and joined emoji need the joiners; beside Latin text they only deceive.
_STRAY_JOINER = re.compile(
    r"(?<![\u0590-\U0010ffff])[\u200c\u200d]|[\u200c\u200d](?![\u0590-\U0010ffff])"
)
# What OpenAPI says of them: no control characters, and in a line something to see.
_LINE_PATTERN = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_LINES_PATTERN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"


def _line(value: Any) -> Any:
    """Trim a text of one line and refuse what cannot be seen in it."""
    if not isinstance(value, str):
        return value
    value = value.strip()
    if _SURROGATE.search(value):
        raise ValueError("Half a surrogate pair is not text")
    if _NOT_IN_A_LINE.search(value) or _STRAY_JOINER.search(value):
        raise ValueError("Control characters and invisible characters are not allowed")
    return value


def _lines(value: Any) -> Any:
    """Trim a text of many lines, make its line ends plain and refuse control characters."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _SURROGATE.search(value):
        raise ValueError("Half a surrogate pair is not text")
    if _NOT_IN_LINES.search(value):
        raise ValueError("Control characters are not allowed")
    return value


Line = BeforeValidator(_line)
"""Marks a text type of one line: `Annotated[str, Line, StringConstraints(max_length=20)]`."""

Lines = BeforeValidator(_lines)
"""Marks a text type of many lines."""

ShortText = Annotated[
    str,
    Line,
    StringConstraints(min_length=1, max_length=200),
    Field(json_schema_extra={"pattern": _LINE_PATTERN}),
]
"""One line of 1 to 200 characters after trimming."""

LongText = Annotated[
    str,
    Lines,
    StringConstraints(max_length=10_000),
    Field(json_schema_extra={"pattern": _LINES_PATTERN}),
]
"""Up to 10,000 characters in any number of lines, after trimming; may be empty."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), Line]
"""1 to 63 lower-case letters, digits and inner hyphens."""

Locale = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"), Line
]
"""A language tag of BCP 47: language, and script and region if given (`de`, `pt-BR`)."""


def _email(value: str) -> str:
    """Keep the part before the @ as given; the domain becomes lower-case ASCII."""
    if len(value) > MAX_EMAIL_LENGTH:
        raise ValueError(f"An e-mail address has at most {MAX_EMAIL_LENGTH} characters")
    try:
        found = validate_email(value, check_deliverability=False)
    except EmailNotValidError:
        raise ValueError("This is not a valid e-mail address") from None
    return f"{found.local_part}@{found.ascii_domain}"


EmailAddress = Annotated[
    str,
    Line,
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email", "maxLength": MAX_EMAIL_LENGTH}),
]
"""An address of at most 254 characters on a domain that can exist (not `.test`, `.invalid`)."""


def _phone(value: str) -> str:
    digits = sum(character.isdigit() for character in value)
    if not _MIN_PHONE_DIGITS <= digits <= _MAX_PHONE_DIGITS:
        raise ValueError("A telephone number has 4 to 17 digits")
    return value


PhoneNumber = Annotated[
    str,
    # The pattern next to the text, or the API's document would lose it.
    StringConstraints(pattern=r"^\+?[0-9 ()./-]{4,40}$"),
    Line,
    AfterValidator(_phone),
]
"""Digits with the usual separators, and a leading + if international; kept as given."""


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        _ = parts.port
    except ValueError:
        usable = False
    if not usable or " " in value:
        raise ValueError("This must be an http:// or https:// address")
    return value


WebAddress = Annotated[
    str,
    Line,
    StringConstraints(max_length=MAX_URL_LENGTH),
    AfterValidator(_web_address),
    Field(json_schema_extra={"format": "uri"}),
]
"""An http or https URL of at most 2,000 characters, without a user name; kept as given."""


@cache
def zone_names() -> frozenset[str]:
    """The IANA names this machine knows, spelled exactly."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _zone(value: str) -> str:
    if value not in zone_names():
        raise ValueError("This is not an IANA time zone, such as Europe/Berlin")
    return value


ZoneName = Annotated[str, Field(strict=True, examples=["Europe/Berlin"]), AfterValidator(_zone)]
"""The exact name of an IANA time zone."""

QueryZoneName = Annotated[ZoneName, BeforeValidator(lambda name: name.replace(" ", "+"))]
"""Such a name in a query, where the unescaped + of `Etc/GMT+5` has become a space."""


def _currency(value: str) -> str:
    if value not in ACTIVE_CURRENCIES:
        raise ValueError("This is not an ISO 4217 currency code, such as EUR")
    return value


Currency = Annotated[
    str,
    Field(strict=True, examples=["EUR"], json_schema_extra={"pattern": "^[A-Z]{3}$"}),
    AfterValidator(_currency),
]
"""The capital code of a currency in use."""
