"""What all calls of Sloty's APIs have in common: the address, the token, and problems as errors."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class BadField(TypedDict):
    """One bad field: `pointer` leads into the body, or is `query:name` or `header:name`."""

    pointer: str
    detail: str


class Problem(TypedDict):
    """What went wrong, after RFC 9457; programs decide by `code`."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: NotRequired[list[BadField]]


class ProblemError(Exception):
    """The API refused; `problem` is its answer, with whatever further members it has."""

    def __init__(self, problem: Problem, retry_after_seconds: int | None) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")
        self.problem = problem
        self.retry_after_seconds = retry_after_seconds

    @property
    def code(self) -> str:
        return self.problem["code"]

    @property
    def status(self) -> int:
        return self.problem["status"]


class File:
    """A file to upload."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content


class Api:
    """One API at its address; `token` is that of a log-in, or the key of an API key.

    A call raises ProblemError for what the API refuses, and OSError where it gets no answer.
    """

    def __init__(self, url: str, token: str | None = None, *, timeout_seconds: float = 30) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.timeout_seconds = timeout_seconds

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        file: File | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> bytes:
        content, kind = _encoded(body, file)
        given = {"Authorization": f"Bearer {self.token}" if self.token else None} | kind
        given |= headers or {}
        request = Request(  # noqa: S310 - The address is the caller's own.
            self.url + path + _query(query or {}),
            data=content,
            method=method,
            headers={name: value for name, value in given.items() if value is not None},
        )
        try:
            with urlopen(request, timeout=self.timeout_seconds) as answer:  # noqa: S310 - As above.
                found: bytes = answer.read()
                return found
        except HTTPError as refusal:
            with refusal:
                raise _problem(refusal) from None

    def _json(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self._call(method, path, **more))


def address(template: str, *parts: str) -> str:
    """The path with its parts in the places of `{}`."""
    return template.format(*(quote(part, safe="") for part in parts))


def _query(given: Mapping[str, Any]) -> str:
    said = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in given.items()
        if value is not None
    }
    return f"?{urlencode(said, doseq=True)}" if said else ""


def _encoded(body: Any, file: File | None) -> tuple[bytes | None, dict[str, str | None]]:
    if file is not None:
        return _form(file)
    if body is None:
        return None, {}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _form(file: File) -> tuple[bytes, dict[str, str | None]]:
    boundary = secrets.token_hex(16)
    name = file.name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
    disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
    content = b"\r\n".join(
        (
            f"--{boundary}\r\n{disposition}\r\n".encode(),
            file.content,
            f"--{boundary}--\r\n".encode(),
        )
    )
    return content, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def _problem(refusal: HTTPError) -> ProblemError:
    after = refusal.headers.get("Retry-After", "")
    try:
        found = json.loads(refusal.read())
        problem: Problem = found | {"status": refusal.code, "code": found["code"]}
    except (ValueError, TypeError, KeyError):
        # Something between here and the API has answered for it.
        problem = {
            "type": "about:blank",
            "title": refusal.reason,
            "status": refusal.code,
            "detail": refusal.reason,
            "code": f"http_{refusal.code}",
        }
    return ProblemError(problem, int(after) if after.isdecimal() else None)
