"""Finds a request's route by the shape of its address, however many routes there are."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

# The method, the number of slashes, and the first two parts: `GET`, 3, `v1/slots`.
_Shape = tuple[str, int, str]


class RouteIndex(BaseRoute):
    """Stands before the routes that it knows, which the framework tries one after the other.

    The few of one shape are tried in their order. What none of them takes is left to the framework,
    which tries all to say 404 or 405.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes: defaultdict[_Shape, list[APIRoute]] = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute) and _has_a_shape(route.path):
                for method in route.methods or ():
                    self._routes[_shape(method, route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        for route in self._routes.get(_shape(scope["method"], scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def _shape(method: str, path: str) -> _Shape:
    return method, path.count("/"), "/".join(path.split("/", 3)[1:3])


def _has_a_shape(path: str) -> bool:
    """Whether its first two parts are words, and none of its parameters takes a slash."""
    return "{" not in _shape("", path)[2] and ":" not in path
