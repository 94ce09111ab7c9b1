"""A route's function inside its one transaction: log-in, permission, work, answer, then commit.

The answer leaves only after the commit, so a 2xx always has its rows.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, get_type_hints

from fastapi import Request, Response
from limits import RateLimitItem
from pydantic import BaseModel

from sloty_shared.errors import SlotyError
from sloty_shared.permissions import Permission
from sloty_shared.web.answer import CREATED, Answer
from sloty_shared.web.guard import Guard, GuardedRoute
from sloty_shared.web.problems import problem_response, problem_responses
from sloty_shared.web.replay import KeyMismatch, Replay, StillInFlight
from sloty_shared.web.request_context import current_request
from sloty_shared.web.routing import NO_LOGIN, Router
from sloty_shared.web.runtime import runtime_of
from sloty_shared.web.work import Work


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
        allow: Permission | None = None,
        answer: type[BaseModel] | None = None,
        status: int = 200,
        errors: tuple[type[SlotyError], ...] = (),
        public: bool = False,
        location: str | None = None,
        limit: RateLimitItem | None = None,
        **described: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function whose first parameter is the Work; the others are FastAPI's.

        `allow` is the permission that the caller needs, None for any user who is logged in; `public`
        needs no log-in, and with `{slug}` in its path acts inside that tenant. `limit` is the route's
        own, by address. What the function returns is answered as `answer` with its version as ETag,
        and with status 201 its Location: its id below the path, or `location` with `{0.name}` its own.
        """
        guard = Guard(
            needs_login=not public, permission=allow, creates=status == CREATED, limit=limit
        )
        refusals = _refusals(guard, method, self.prefix + path)
        told = _told(answer, (*errors, *refusals), described, public=public)

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            self.add_api_route(
                path,
                _endpoint(function, guard, Answer(answer, status, location)),
                methods=[method],
                status_code=status,
                name=function.__name__,
                description=inspect.getdoc(function),
                **told,
            )
            return function

        return register

    def read(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("GET", path, **described)

    def create(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("POST", path, status=CREATED, **described)

    def act(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("POST", path, **described)

    def change(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("PATCH", path, **described)

    def replace(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("PUT", path, **described)

    def remove(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("DELETE", path, status=204, **described)


@contextmanager
def work_ahead(request: Request) -> Iterator[Work | None]:
    """A transaction ahead of the route's own, for what must stand before slow work begins.

    The caller is let in as the route itself will do it. None where the request is one that has
    its answer already.
    """
    guard: Guard = vars(request.scope["route"].endpoint)["guard"]
    with _work(request, guard) as work:
        replay = Replay.of(request, work)
        is_answered = replay is not None and replay.first_answer(work.session, work.now) is not None
        yield None if is_answered else work


def _told(
    answer: type[BaseModel] | None,
    refusals: tuple[type[SlotyError], ...],
    described: dict[str, Any],
    *,
    public: bool,
) -> dict[str, Any]:
    """What the document says of a route, beside its function's own words."""
    # Else the document would promise JSON where nothing follows the head.
    nothing: dict[str, Any] = {} if answer else {"response_class": Response}
    extra = (NO_LOGIN if public else {}) | described.get("openapi_extra", {})
    return {
        **nothing,
        **described,
        "response_model": answer,
        "responses": problem_responses(*refusals),
        "openapi_extra": extra,
    }


def _refusals(guard: Guard, method: str, path: str) -> tuple[type[SlotyError], ...]:
    """What the guard and the idempotency keys can answer with."""
    refusals = guard.errors(path)
    if method == "POST" and len(refusals) > 1:
        return (*refusals, StillInFlight, KeyMismatch)
    return refusals


def _endpoint(
    function: Callable[..., Any], guard: Guard, answer: Answer
) -> Callable[..., Response]:
    """The function as FastAPI sees it: the Work is ours to give, the rest is read as declared."""

    def endpoint(request: Request, **arguments: Any) -> Response:
        replay: Replay | None = None
        try:
            with _work(request, guard) as work:
                replay = Replay.of(request, work)
                response = replay.first_answer(work.session, work.now) if replay else None
                if response is None:
                    response = answer.respond(request, function(work, **arguments))
                    if replay is not None:
                        replay.keep(work.session, response, work.now)
        except SlotyError as refusal:
            if replay is None or not replay.is_kept(refusal):
                raise
            return _keep_refusal(request, replay, refusal)
        if work.owes_messages:
            runtime_of(request).wake_ups.ring()
        return response

    endpoint.__name__ = function.__name__
    endpoint.__signature__ = _signature(function)  # type: ignore[attr-defined]
    endpoint.guard = guard  # type: ignore[attr-defined]
    return endpoint


def _keep_refusal(request: Request, replay: Replay, refusal: SlotyError) -> Response:
    """The refusal undid its work, so its answer is kept in a transaction of its own."""
    runtime = runtime_of(request)
    response = problem_response(refusal)
    with runtime.database.transaction(replay.tenant_id) as session:
        replay.keep(session, response, runtime.clock())
    return response


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
    runtime = runtime_of(request)
    now = runtime.clock()
    current = current_request()
    with runtime.database.transaction() as session:
        admitted = guard.admit(session, request, now)
        yield Work(
            session=session,
            now=now,
            request_id=current.id,
            traceparent=current.span.context.traceparent,
            address=request.client.host if request.client else None,
            encryption=runtime.encryption,
            settings=runtime.settings,
            if_match=request.headers.get("if-match"),
            caller_or_none=admitted.caller,
            public_tenant=admitted.tenant,
        )
