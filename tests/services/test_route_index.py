"""The index finds the route that trying all of them in their order would find."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from tests.api_clients import Apis, app_of

from sloty_shared.web.route_index import RouteIndex


def found_by(routes: Sequence[BaseRoute], method: str, path: str) -> Any:
    """The route of the first of these that takes the request."""
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in routes:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return found["route"]
    return None


@pytest.mark.parametrize("api", ["booking", "availability"])
def test_every_route_is_found_by_the_index_alone(running_apis: Apis, api: str) -> None:
    index, *routes = app_of(getattr(running_apis, api)).routes
    assert isinstance(index, RouteIndex)
    for route in routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            # A word that is another route's own must lead to that route.
            for word in ("x", "series", "holidays", "preview", "appointments", "unsubscribe"):
                path = re.sub(r"\{[^}]*\}", word, route.path)
                assert found_by([index], method, path) is found_by(routes, method, path) is not None


def answer() -> Response:
    return Response()


@pytest.mark.parametrize("path", ["/{word}", "/v1/{word}/slots", "/v1/files/{rest:path}"])
def test_route_without_a_shape_is_left_to_the_framework(path: str) -> None:
    route = APIRoute(path, answer)
    address = re.sub(r"\{[^}]*\}", "word", path)
    assert found_by([RouteIndex([route])], "GET", address) is None
    assert found_by([RouteIndex([route]), route], "GET", address) is route


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1"), ("GET", "/v1/slots/"), ("PUT", "/v1/slots"), ("GET", "x")]
)
def test_address_of_no_route_is_not_found(method: str, path: str) -> None:
    index = RouteIndex([APIRoute("/v1/slots", answer, methods=["GET"])])
    assert found_by([index], method, path) is None
