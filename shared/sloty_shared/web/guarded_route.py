"""A route that looks at who calls before it says anything about what they sent."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError

from sloty_shared.errors import MalformedJson, PayloadTooLarge, UnsupportedMediaType
from sloty_shared.web.admission import open_work
from sloty_shared.web.guard import Guard
from sloty_shared.web.problems import problem_response, refusal_of
from sloty_shared.web.replay import Replay
from sloty_shared.web.routing import JsonRoute
from sloty_shared.web.runtime import runtime_of

# What a body can be refused with before anybody knows what it says.
_UNREADABLE = (MalformedJson, PayloadTooLarge, UnsupportedMediaType)


class GuardedRoute(JsonRoute):
    """Counts its calls, and tells a caller with no right to it so first."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        guard: Guard = vars(self.endpoint)["guard"]

        async def answer_or_refuse(request: Request) -> Response:
            runtime_of(request).rate_limits.check(request, guard.limit)
            try:
                return await answer(request)
            except RequestValidationError as problem:
                return await run_in_threadpool(_refuse, guard, request, problem)
            except _UNREADABLE:
                await run_in_threadpool(_admit_only, guard, request)
                raise

        return answer_or_refuse


def _admit_only(guard: Guard, request: Request) -> None:
    runtime = runtime_of(request)
    with runtime.database.connection() as connection:
        guard.admit(connection, request, runtime.clock())


def _refuse(guard: Guard, request: Request, problem: RequestValidationError) -> Response:
    """What is wrong with the input, kept under the request's key as any refusal of a route is."""
    refusal = refusal_of(request, problem)
    with open_work(request, guard, runtime_of(request).clock()) as work:
        replay = Replay.of(request, work)
        # A form that could not be read cannot be told from another one.
        is_known = hasattr(request.state, "asked")
        if replay is None or not is_known or not replay.is_kept(refusal):
            return problem_response(refusal)
        return replay.once(work, lambda: problem_response(refusal))
