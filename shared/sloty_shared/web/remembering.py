"""The layer that gives answers again before any route is looked for."""

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sloty_shared.errors import TooManyRequests
from sloty_shared.web.answer import has_unchanged, unchanged
from sloty_shared.web.answer_memory import Made
from sloty_shared.web.doors import Found
from sloty_shared.web.guard import guard_of
from sloty_shared.web.problems import problem_response
from sloty_shared.web.runtime import Runtime

_MADE = "sloty.made_answer"
OK = 200


def may_be_given_again(request: Request, response: Response, found: Found | None) -> None:
    """Say so of an answer for which nothing was read but this; without an ETag it is made anew."""
    etag = response.headers.get("etag")
    if etag is not None and found is not None and found.snapshot is not None:
        request.scope[_MADE] = Made(found.snapshot, request.scope["route"], etag, response)


class Remembering:
    """Asks the process's memory first; what is not there goes to the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        runtime: Runtime = scope["app"].state.runtime
        key = runtime.answers.key(scope, runtime.clock())
        made = await runtime.answers.recall(key)
        response = None if made is None else _given_again(runtime, Request(scope), made)
        await (response or self.app)(scope, receive, send)
        if _MADE in scope:
            runtime.answers.keep(key, scope[_MADE])


def _given_again(runtime: Runtime, request: Request, made: Made) -> Response | None:
    """What this caller gets of it, counted as any request; None where what they lack was not made."""
    is_unchanged = has_unchanged(request, made.etag)
    if not is_unchanged and made.response.status_code != OK:
        return None
    request.scope["route"] = made.route
    try:
        runtime.rate_limits.check(request, guard_of(request).limit)
    except TooManyRequests as refusal:
        return problem_response(refusal)
    return unchanged(made.etag) if is_unchanged else made.response
