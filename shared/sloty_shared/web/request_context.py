"""What follows one request through its answer, its logs and the work it leaves behind."""

import os
import re
from contextvars import ContextVar
from typing import NamedTuple

from sloty_shared.logging import name_in_logs
from sloty_shared.tracing import Span, SpanKind, TraceContext, Tracer

HEADER = b"x-request-id"
TRACE_HEADER = b"traceparent"

_SANE = re.compile(rb"[A-Za-z0-9._-]{1,100}")
_current: ContextVar["RequestContext"] = ContextVar("request")


class RequestContext(NamedTuple):
    """The request's id, and its span in the trace that it belongs to."""

    id: str
    span: Span


def current_request() -> RequestContext:
    """The request being answered; raises LookupError outside of one."""
    return _current.get()


def begin_request(headers: list[tuple[bytes, bytes]], tracer: Tracer) -> RequestContext:
    """Take the caller's id if it is harmless to log, and their trace, else make them.

    The logs of this context name both ids.
    """
    given, places = b"", []
    for name, value in headers:
        if name == HEADER:
            given = value
        elif name == TRACE_HEADER:
            places.append(value)
    request_id = given.decode("ascii") if _SANE.fullmatch(given) else os.urandom(16).hex()
    span = tracer.begin(SpanKind.SERVER, _place(places))
    request = RequestContext(request_id, span)
    _current.set(request)
    name_in_logs(request_id=request_id, trace_id=span.context.trace_id)
    return request


def _place(given: list[bytes]) -> TraceContext | None:
    """None where the caller names none, or names it badly, which naming two is as well."""
    return TraceContext.read(given[0].decode("latin-1")) if len(given) == 1 else None
