"""Every route of an API, however its routers are nested."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from tests.api_clients import Client, app_of

from sloty_shared.web.guard import Guard


@dataclass(frozen=True)
class Walked:
    """One method of one path, and who may call it."""

    method: str
    path: str
    guard: Guard


def routes_of(api: Client) -> list[Walked]:
    """The guarded routes; probes, metrics and documents ask for no caller."""
    return [
        Walked(method, route.path, vars(route.endpoint)["guard"])
        for route in _walk(app_of(api).router)
        if "guard" in vars(route.endpoint)
        for method in sorted(route.methods or ())
    ]


def unguarded_routes_of(api: Client) -> set[str]:
    return {r.path for r in _walk(app_of(api).router) if "guard" not in vars(r.endpoint)}


def _walk(router: Any) -> Iterator[APIRoute]:
    for route in router.routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(inner, "routes"):
            yield from _walk(inner)
