"""The outermost layers around an application, as plain ASGI: a hot path pays for each of them."""

from collections.abc import Iterable
from http import HTTPStatus
from time import perf_counter
from urllib.parse import parse_qsl

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sloty_shared.errors import FieldError, Invalid, NotFound, SlotyError
from sloty_shared.logging import write_line
from sloty_shared.tracing import Attributes, Span, Tracer
from sloty_shared.web.metrics import count_request
from sloty_shared.web.problems import internal_problem, problem_response
from sloty_shared.web.request_context import HEADER, begin_request

# Probes and scrapes come every few seconds and say nothing new.
UNLOGGED_ROUTES = frozenset({"/healthz", "/readyz", "/metrics"})
# Whoever asks for what does not exist must not make a new time series each time.
UNMATCHED_ROUTE = "unmatched"
# How proxies too write it down when nobody waited for the answer.
CLIENT_LEFT = 499
_ANSWER = "sloty.answer"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

# Answers are data for programs: no browser may guess at, run, frame or keep them.
DEFAULT_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_DEFAULT_NAMES = frozenset(name for name, _ in DEFAULT_HEADERS)

_log = structlog.get_logger("sloty.access")


class Edge:
    """Names, times, traces, counts and logs each request; gives each answer its common headers."""

    def __init__(self, app: ASGIApp, *, tracer: Tracer) -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        asked_method = scope["method"]
        # HEAD is answered as GET is, without the body.
        inner = {**scope, "method": "GET"} if asked_method == "HEAD" else scope
        request = begin_request(scope["headers"], self._tracer)
        answer = inner[_ANSWER] = _Answer(send, request.id, bodiless=inner is not scope)
        try:
            refusal = _refuse_address(scope)
            app = problem_response(refusal) if refusal else self.app
            await app(inner, receive, answer.send)
        finally:
            seconds = perf_counter() - began
            _record(request.span, asked_method, route_of(inner), answer.status, seconds)


class LastResort:
    """Answers what nobody foresaw with 500, and logs it once."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            _log.info("client_left")
        except Exception:
            # With half an answer out, only a broken connection tells the truth.
            if scope["type"] != "http" or scope[_ANSWER].has_begun:
                raise
            _log.exception("unforeseen_error")
            await internal_problem()(scope, receive, send)


class _Answer:
    """Watches one answer go out."""

    def __init__(self, send: Send, request_id: str, *, bodiless: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._bodiless = bodiless
        self.status = CLIENT_LEFT

    @property
    def has_begun(self) -> bool:
        return self.status != CLIENT_LEFT

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"]
            message["headers"] = [
                *headers,
                *_defaults({name for name, _ in headers}),
                (HEADER, self._request_id.encode("ascii")),
            ]
        elif self._bodiless:
            message["body"] = b""
        await self._send(message)


def _defaults(present: set[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """The common headers that an answer does not have of its own, as hardly any has."""
    if present.isdisjoint(_DEFAULT_NAMES):
        return DEFAULT_HEADERS
    return [header for header in DEFAULT_HEADERS if header[0] not in present]


def route_of(scope: Scope) -> str:
    """The template of the route that answered, such as `/v1/appointments/{appointment_id}`."""
    route = scope.get("route")
    return getattr(route, "path", UNMATCHED_ROUTE)


def _record(span: Span, method: str, route: str, status: int, seconds: float) -> None:
    method = method if method in _METHODS else "OTHER"
    count_request(method, route, status, seconds)
    if route in UNLOGGED_ROUTES:
        return
    write_line("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))
    # The address itself stays out: it may name a person or hold a token.
    told: Attributes = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
    }
    span.end(f"{method} {route}", told, failed=status >= HTTPStatus.INTERNAL_SERVER_ERROR)


def _refuse_address(scope: Scope) -> SlotyError | None:
    """Refuse what no parameter should have to think of: NUL bytes and broken UTF-8."""
    path: str = scope["path"]
    # The server has put the replacement character where the bytes were not UTF-8.
    if "\x00" in path or "\ufffd" in path:
        return NotFound()
    query: bytes = scope["query_string"]
    if b"%" not in query:
        return None
    try:
        found = parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="strict")
    except ValueError:
        return Invalid("The query is not UTF-8.")
    if any("\x00" in name for name, _ in found):
        return Invalid("The query names a parameter with a NUL character.")
    errors = [
        FieldError(f"query:{name}", "NUL is not allowed")
        for name, value in found
        if "\x00" in value
    ]
    return Invalid(errors=errors) if errors else None
