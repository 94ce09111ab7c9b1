"""Reading a JSON body strictly: what two readers could understand differently is refused."""

import json
import re
from collections.abc import Iterator
from email.message import Message
from typing import Any

from fastapi import Request

from sloty_shared.errors import MalformedJson, PayloadTooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 50
_MAX_INTEGER = 2**63 - 1
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class JsonRequest(Request):
    """A request whose JSON body has been read: the framework finds it ready."""

    content: bytes = b""
    document: Any = None

    async def body(self) -> bytes:
        return self.content

    async def json(self) -> Any:
        return self.document


async def read_json(request: Request) -> JsonRequest:
    """Read and parse the whole body; an empty one is left for the route to want or not.

    Raises PayloadTooLarge, UnsupportedMediaType or MalformedJson.
    """
    ready = JsonRequest(request.scope, request.receive)
    ready.content = await _read(request)
    request.state.asked = ready.content
    if ready.content:
        _check_content_type(request.headers.get("content-type", ""))
        ready.document = parse_json(ready.content)
    return ready


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MAX_BODY_BYTES:
        raise PayloadTooLarge
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise PayloadTooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _check_content_type(value: str) -> None:
    if value == "application/json":
        return
    header = Message()
    header["content-type"] = value
    kind, charset = header.get_content_type(), header.get_content_charset("utf-8")
    if value and charset == "utf-8":
        if kind == "application/json":
            return
        if kind.startswith("application/") and kind.endswith("+json"):
            return
    raise UnsupportedMediaType


def parse_json(content: bytes) -> Any:
    """The value of a JSON text in UTF-8.

    Raises MalformedJson for anything RFC 8259 leaves to chance: a key that stands twice, NaN and
    Infinity, numbers beyond 64 bits, half surrogate pairs, more than 50 levels.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedJson("The body is not UTF-8.") from None
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise MalformedJson(
            f"The body is not JSON: line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check_depth(document)
    if _ESCAPED_SURROGATE.search(text):
        _check_surrogates(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedJson("An object in the body has the same key twice.")
    return found


def _integer(digits: str) -> int:
    # Anything longer is beyond 64 bits, and long ones are slow to read.
    if len(digits) <= len(str(-_MAX_INTEGER)):
        number = int(digits)
        if -_MAX_INTEGER <= number <= _MAX_INTEGER:
            return number
    raise _too_large()


def _number(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _too_large()
    return number


def _constant(name: str) -> float:
    raise MalformedJson(f"{name} is not JSON.")


def _too_large() -> MalformedJson:
    return MalformedJson("A number in the body does not fit 64 bits.")


def _too_deep() -> MalformedJson:
    return MalformedJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [member for value in level for member in _containers_in(value)]
    if level:
        raise _too_deep()


def _containers_in(value: Any) -> Iterator[Any]:
    members = value.values() if isinstance(value, dict) else value
    return (member for member in members if isinstance(member, dict | list))


def _check_surrogates(document: Any) -> None:
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedJson("The body holds half a surrogate pair.") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_constant,
)
