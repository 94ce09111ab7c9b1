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
from sloty_shared.web.admission import open_work, take_glance
from sloty_shared.web.answer import CREATED, Answer
from sloty_shared.web.doors import Question
from sloty_shared.web.guard import Guard, guard_of
from sloty_shared.web.guarded_route import GuardedRoute
from sloty_shared.web.problems import problem_response, problem_responses
from sloty_shared.web.remembering import may_be_given_again
from sloty_shared.web.replay import KeyMismatch, Replay, StillInFlight
from sloty_shared.web.routing import NO_LOGIN, Router
from sloty_shared.web.runtime import runtime_of
from sloty_shared.web.work import Work

Ask = Callable[..., Question]
"""Makes a route's question of the moment and its arguments. Raises nothing: nobody is let in yet."""


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
        ask: Ask | None = None,
        is_glance: bool = False,
        **described: Any,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function whose first parameter is the Work; the others are FastAPI's.

        `allow` is the permission that the caller needs, None for any user who is logged in; `public`
        needs no log-in, and with `{slug}` in its path acts inside that tenant. `limit` is the route's
        own, by address. What the function returns is answered as `answer` with its version as ETag,
        and with status 201 its Location: its id below the path, or `location` with `{0.name}` its own.
        `ask` makes of the arguments what is asked in the statement that lets the caller in.
        """
        guard = Guard(
            needs_login=not public, permission=allow, creates=status == CREATED, limit=limit
        )
        refusals = (*errors, *_refusals(guard, method, self.prefix + path))
        told = _told(answer, refusals, described, public=public, status_code=status)
        given = (guard, Answer(answer, status, location), ask)

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            endpoint = (_glance_endpoint if is_glance else _endpoint)(function, *given)
            self.add_api_route(path, endpoint, methods=[method], **told)
            return function

        return register

    def read(self, path: str, **described: Any) -> Callable[..., Any]:
        return self.add("GET", path, **described)

    def glance(self, path: str, *, ask: Ask, **described: Any) -> Callable[..., Any]:
        """A read that is answered from its question alone: the function is given a Glance."""
        return self.add("GET", path, ask=ask, is_glance=True, **described)

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
    with open_work(request, guard_of(request), runtime_of(request).clock()) as work:
        replay = Replay.of(request, work)
        is_answered = replay is not None and replay.first_answer(work.session, work.now) is not None
        yield None if is_answered else work


def _told(
    answer: type[BaseModel] | None,
    refusals: tuple[type[SlotyError], ...],
    described: dict[str, Any],
    *,
    public: bool,
    status_code: int,
) -> dict[str, Any]:
    """What the document says of a route, beside its function's own words."""
    # Else the document would promise JSON where nothing follows the head.
    nothing: dict[str, Any] = {} if answer else {"response_class": Response}
    extra = (NO_LOGIN if public else {}) | described.get("openapi_extra", {})
    return {
        **nothing,
        **described,
        "response_model": answer,
        "status_code": status_code,
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
    function: Callable[..., Any], guard: Guard, answer: Answer, ask: Ask | None
) -> Callable[..., Response]:
    """The function as FastAPI sees it: the Work is ours to give, the rest is read as declared."""

    def endpoint(request: Request, **arguments: Any) -> Response:
        replay: Replay | None = None
        now = runtime_of(request).clock()
        question = ask(now, **arguments) if ask else None
        try:
            with open_work(request, guard, now, question) as work:
                replay = Replay.of(request, work)

                def make() -> Response:
                    return answer.respond(request, function(work, **arguments))

                response = replay.once(work, make) if replay else make()
        except SlotyError as refusal:
            if replay is None or not replay.is_kept(refusal):
                raise
            return _keep_refusal(request, replay, refusal)
        if work.owes_messages:
            runtime_of(request).wake_ups.ring()
        return response

    return _described(endpoint, function, guard)


def _glance_endpoint(
    function: Callable[..., Any], guard: Guard, answer: Answer, ask: Ask | None
) -> Callable[..., Response]:
    """The same of a function that is given a Glance: nothing is open while it makes the answer."""

    def endpoint(request: Request, **arguments: Any) -> Response:
        now = runtime_of(request).clock()
        glance = take_glance(request, guard, now, ask(now, **arguments) if ask else None)
        response = answer.respond(request, function(glance, **arguments))
        may_be_given_again(request, response, glance.asked, now)
        return response

    return _described(endpoint, function, guard)


def _described(
    endpoint: Callable[..., Response], function: Callable[..., Any], guard: Guard
) -> Callable[..., Response]:
    endpoint.__name__, endpoint.__doc__ = function.__name__, inspect.getdoc(function)
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
    _given, *others = inspect.signature(function).parameters.values()
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
