"""Reading the one file of a multipart/form-data body, whole or not at all."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sloty_shared.errors import PayloadTooLarge, UnsupportedMediaType

FIELD = "file"
# Boundaries, the part's headers, and a preamble.
ENVELOPE_BYTES = 16 * 1024
_LONGEST_BOUNDARY = 70


class NotMultipart(UnsupportedMediaType):
    """The body must be multipart/form-data."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One file as a client sent it."""

    name: str
    content: bytes


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The body of a request with a file of at most so many bytes. Raises PayloadTooLarge."""
    most = most_bytes + ENVELOPE_BYTES
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise too_large(most_bytes)
    body = bytearray()
    stream: AsyncIterator[bytes] = request.stream()
    async for chunk in stream:
        if len(body) + len(chunk) > most:
            raise too_large(most_bytes)
        body += chunk
    return bytes(body)


def sent_file(content_type: str, body: bytes, most_bytes: int) -> Sent:
    """The file in the body.

    Raises NotMultipart, PayloadTooLarge, or RequestValidationError where the body is no
    form, is cut, or holds anything but exactly one file that is not empty.
    """
    parts = _parts(_boundary(content_type), body)
    if len(parts) != 1 or parts[0].field != FIELD or parts[0].file_name is None:
        raise invalid(f"Send exactly one part, named `{FIELD}`, with a filename")
    content = bytes(parts[0].content)
    if not content:
        raise invalid("The file is empty")
    if len(content) > most_bytes:
        raise too_large(most_bytes)
    return Sent(parts[0].file_name, content)


def invalid(said: str) -> RequestValidationError:
    """What is wrong with the file: said only to a caller with a right to the route."""
    return RequestValidationError([{"loc": ("body", FIELD), "type": "file", "msg": said}])


def too_large(most_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A file may have at most {most_bytes} bytes.", maxBytes=most_bytes)


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def field(self) -> str:
        return self._said(b"name") or ""

    @property
    def file_name(self) -> str | None:
        return self._said(b"filename")

    def _said(self, name: bytes) -> str | None:
        _, options = parse_options_header(self.headers.get(b"content-disposition"))
        said = options.get(name)
        return None if said is None else said.decode("utf-8", "replace")


class _Collector:
    """What the parser calls; a second part is noticed as soon as it begins."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.is_whole = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_part_data": lambda data, start, end: self.parts[-1].content.extend(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if self.parts:
            raise invalid("Send exactly one part: this body has more")
        self.parts.append(_Part())

    def _end_header(self) -> None:
        self.parts[-1].headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.is_whole = True


def _parts(boundary: bytes, body: bytes) -> list[_Part]:
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise invalid("The body is not multipart/form-data") from None
    if not collector.is_whole:
        raise invalid("The body ends in the middle")
    return collector.parts


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        raise NotMultipart
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise invalid("The content type names no boundary")
    return boundary
