"""The id that follows one request through its answer, its logs and the work it leaves behind."""

import re
from contextvars import ContextVar
from uuid import uuid4

import structlog

HEADER = b"x-request-id"

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,100}")
_current: ContextVar[str] = ContextVar("request_id")


def current_request_id() -> str:
    """The id of the request being answered; raises LookupError outside of one."""
    return _current.get()


def begin_request(headers: list[tuple[bytes, bytes]]) -> str:
    """Take the caller's id if it is harmless to log, else make one; bind it to the context."""
    given = next((value for name, value in headers if name == HEADER), b"")
    request_id = given.decode("ascii") if _SANE.fullmatch(given) else uuid4().hex
    _current.set(request_id)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    return request_id
