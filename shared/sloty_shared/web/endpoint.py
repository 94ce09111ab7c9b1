"""A route's function inside its one transaction: log-in, permission, work, answer, then commit.

The answer leaves only after the commit, so a 2xx always has its rows.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_type_hints

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sloty_shared.broker import WakeUps
from sloty_shared.database import Database
from sloty_shared.errors import (
    Forbidden,
    MalformedJson,
    PayloadTooLarge,
    SlotyError,
    SubscriptionRequired,
    TenantSuspended,
    Unauthenticated,
    UnsupportedMediaType,
)
from sloty_shared.permissions import Permission
from sloty_shared.web.caller import Caller, identify
from sloty_shared.web.problems import problem_responses
from sloty_shared.web.request_context import current_request_id
from sloty_shared.web.routing import NO_LOGIN, JsonRoute, Router
from sloty_shared.web.work import Work

JSON = "application/json"
CREATED = 201
# What a request can be refused with before its function is called.
_UNREADABLE = (RequestValidationError, MalformedJson, PayloadTooLarge, UnsupportedMediaType)


@dataclass(slots=True)
class Runtime:
    """What a process has one of; stands in `app.state.runtime`."""

    database: Database
    wake_ups: WakeUps
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Routes(Router):
    """A feature's routes; each says who may call it and what it answers with."""

    def __init__(self, *, tags: list[str], prefix: str = "/v1") -> None:
        super().__init__(tags=tags, prefix=prefix)
        self.route_class = GuardedRoute

    def add(
        self,
        method: str,
        path: str,
        *,
        allow: Permission | None,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        errors: tuple[type[SlotyError], ...] = (),
        public: bool = False,
        location: str | None = None,
        **described: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function whose first parameter is the Work; the others are FastAPI's.

        `allow` is the permission that the caller needs, None for any user who is logged in;
        `public` needs no log-in. What the function returns, a row or a ready model, is answered
        as `answer` with the row's version as ETag, and where status is 201 with its Location:
        the row's id below the request's path, unless `location` says another path.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            guard = Guard(required=not public, permission=allow, creates=status == CREATED)
            self.add_api_route(
                path,
                _endpoint(function, guard, Answer(answer, status, location)),
                methods=[method],
                status_code=status,
                response_model=answer,
                responses=problem_responses(*errors, *guard.errors),
                openapi_extra=NO_LOGIN if public else None,
                name=function.__name__,
                description=inspect.getdoc(function),
                **described,
            )
            return function

        return register

    def read(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("GET", path, **described)

    def create(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("POST", path, status=201, **described)

    def act(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("POST", path, **described)

    def change(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("PATCH", path, **described)

    def replace(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("PUT", path, **described)

    def remove(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("DELETE", path, status=204, **described)


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may call one route."""

    required: bool
    permission: Permission | None
    creates: bool

    @property
    def errors(self) -> tuple[type[SlotyError], ...]:
        if not self.required:
            return ()
        refusals = (Unauthenticated, Forbidden, TenantSuspended)
        return (*refusals, SubscriptionRequired) if self.creates else refusals

    def admit(self, session: Session, request: Request, now: datetime) -> Caller | None:
        """The caller, once they have shown that they may; raises Unauthenticated or Forbidden."""
        if not self.required:
            return None
        caller = identify(session, request.headers.get("authorization"), now=now)
        if self.permission is not None:
            caller.require(self.permission)
        if self.creates and not caller.tenant.may_create(now):
            raise SubscriptionRequired
        return caller


@dataclass(frozen=True, slots=True)
class Answer:
    """How one route's result becomes a response."""

    model: type[BaseModel] | None
    status: int
    location: str | None

    def respond(self, request: Request, result: Any) -> Response:
        """The answer's bytes, made while the transaction can still be rolled back."""
        if self.model is None:
            return Response(status_code=self.status)
        headers = self._headers(request, result)
        if _has_unchanged(request, headers.get("ETag")):
            return Response(status_code=304, headers=headers)
        model = result if isinstance(result, BaseModel) else self.model.model_validate(result)
        return Response(
            model.model_dump_json(), status_code=self.status, headers=headers, media_type=JSON
        )

    def _headers(self, request: Request, result: Any) -> dict[str, str]:
        headers = {}
        version = getattr(result, "version", None)
        if version is not None:
            headers["ETag"] = f'"{version}"'
        if self.status == CREATED:
            headers["Location"] = self.location or f"{request.url.path}/{result.id}"
        return headers


def _has_unchanged(request: Request, etag: str | None) -> bool:
    """Whether the caller has this version; a gateway that compresses marks its tag as weak."""
    known = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
    return request.method == "GET" and etag is not None and bool(known & {"*", etag, f"W/{etag}"})


class GuardedRoute(JsonRoute):
    """A route that tells a caller with no right to it so, before it speaks of their input."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        guard: Guard = vars(self.endpoint)["guard"]

        async def answer_or_refuse(request: Request) -> Response:
            try:
                return await answer(request)
            except _UNREADABLE:
                await run_in_threadpool(_admit_only, guard, request)
                raise

        return answer_or_refuse


def _admit_only(guard: Guard, request: Request) -> None:
    runtime: Runtime = request.app.state.runtime
    with runtime.database.transaction() as session:
        guard.admit(session, request, runtime.clock())


def _endpoint(
    function: Callable[..., Any], guard: Guard, answer: Answer
) -> Callable[..., Response]:
    """The function as FastAPI sees it: the Work is ours to give, the rest is read as declared."""

    def endpoint(request: Request, **arguments: Any) -> Response:
        with _work(request, guard) as work:
            response = answer.respond(request, function(work, **arguments))
        if work.owes_messages:
            request.app.state.runtime.wake_ups.ring()
        return response

    endpoint.__name__ = function.__name__
    endpoint.__signature__ = _signature(function)  # type: ignore[attr-defined]
    endpoint.guard = guard  # type: ignore[attr-defined]
    return endpoint


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    hints = get_type_hints(function, include_extras=True)
    _work_parameter, *others = inspect.signature(function).parameters.values()
    request = inspect.Parameter(
        "request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request
    )
    return inspect.Signature(
        [
            request,
            *(
                other.replace(annotation=hints[other.name], kind=inspect.Parameter.KEYWORD_ONLY)
                for other in others
            ),
        ]
    )


@contextmanager
def _work(request: Request, guard: Guard) -> Iterator[Work]:
    runtime: Runtime = request.app.state.runtime
    now = runtime.clock()
    with runtime.database.transaction() as session:
        yield Work(
            session=session,
            now=now,
            request_id=current_request_id(),
            address=request.client.host if request.client else None,
            caller_or_none=guard.admit(session, request, now),
        )
