"""Writes iCalendar (RFC 5545): components of content lines, folded and escaped as calendars expect.

What a calendar sends us is read by a library that knows all of the format; we write this little.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

LONGEST_LINE_BYTES = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
# A quote cannot stand in a parameter's value, nor can a control character anywhere.
_NOT_IN_PARAMETERS = dict.fromkeys([*range(32), 127], " ") | {ord('"'): "'"}
# The bytes of a letter after its first.
_WITHIN_A_LETTER = range(0b10000000, 0b11000000)
_CONTROLS = dict.fromkeys(
    (number for number in (*range(32), 127) if chr(number) not in "\t\n"), None
)


@dataclass(slots=True)
class Component:
    """`VCALENDAR`, `VEVENT` and the like: lines in the order in which they were added."""

    name: str
    _lines: list[str] = field(default_factory=list)

    def add(self, name: str, value: str | int | datetime) -> None:
        """A property; of a moment its UTC reading, of text the escaped form."""
        self._lines.append(f"{name.upper()}:{_written(value)}")

    def add_person(self, name: str, address: str, common_name: str, **parameters: str) -> None:
        """An organizer or attendee by mail address."""
        named = {"CN": f'"{common_name.translate(_NOT_IN_PARAMETERS)}"', **parameters}
        told = "".join(f";{key}={value}" for key, value in named.items())
        self._lines.append(f"{name.upper()}{told}:mailto:{address.translate(_NOT_IN_PARAMETERS)}")

    def add_component(self, inner: "Component") -> None:
        self._lines.extend(inner.lines())

    def lines(self) -> list[str]:
        return [f"BEGIN:{self.name}", *self._lines, f"END:{self.name}"]

    def to_ical(self) -> bytes:
        """The document, every line of at most 75 bytes ended by CRLF."""
        return b"".join(_folded(line) for line in self.lines())


def _written(value: str | int | datetime) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    if isinstance(value, int):
        return str(value)
    one_kind_of_ends = value.replace("\r\n", "\n").replace("\r", "\n")
    return one_kind_of_ends.translate(_CONTROLS).translate(_ESCAPED)


def _folded(line: str) -> bytes:
    """The line's bytes, broken where it is too long and never inside of a letter."""
    rest = line.encode("utf-8", "replace")
    pieces = []
    room = LONGEST_LINE_BYTES
    while len(rest) > room:
        end = room
        while rest[end] in _WITHIN_A_LETTER:
            end -= 1
        pieces.append(rest[:end])
        rest, room = rest[end:], LONGEST_LINE_BYTES - 1
    return b"\r\n ".join([*pieces, rest]) + b"\r\n"
