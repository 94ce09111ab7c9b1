"""The layer that gives answers again before any route is looked for."""

from datetime import datetime
from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sloty_shared.errors import TooManyRequests
from sloty_shared.web.answer import has_unchanged, unchanged
from sloty_shared.web.answer_memory import Made, second_of
from sloty_shared.web.doors import Found
from sloty_shared.web.guard import guard_of
from sloty_shared.web.problems import problem_response
from sloty_shared.web.runtime import Runtime
from sloty_shared.web.server import FORESEEN

_MADE = "sloty.made_answer"


def may_be_given_again(
    request: Request, response: Response, found: Found | None, now: datetime
) -> None:
    """Say so of an answer for which nothing was read but this; without an ETag it is made anew."""
    etag = response.headers.get("etag")
    if etag is None or found is None or found.snapshot is None:
        return
    request.scope[_MADE] = Made(
        snapshot=found.snapshot,
        second=second_of(now),
        route=request.scope["route"],
        etag=etag,
        unchanged=unchanged(etag),
        whole=None if response.status_code == HTTPStatus.NOT_MODIFIED else response,
    )


class Remembering:
    """Asks the process's memory first; what is not there goes to the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        runtime: Runtime = scope["app"].state.runtime
        answers = runtime.answers
        key = answers.key(scope)
        made = await answers.recall(key, runtime.clock(), scope.get("state", {}).get(FORESEEN))
        response = None if made is None else _given_again(runtime, Request(scope), made)
        if response is not None:
            await response(scope, receive, send)
            return
        with answers.making(key):
            await self.app(scope, receive, send)
            if _MADE in scope:
                answers.keep(scope, key, scope[_MADE])


def _given_again(runtime: Runtime, request: Request, made: Made) -> Response | None:
    """What this caller gets of it, counted as any request; None where what they lack was not made."""
    response = made.unchanged if has_unchanged(request, made.etag) else made.whole
    if response is None:
        return None
    request.scope["route"] = made.route
    try:
        runtime.rate_limits.check(request, guard_of(request).limit)
    except TooManyRequests as refusal:
        return problem_response(refusal)
    return response
