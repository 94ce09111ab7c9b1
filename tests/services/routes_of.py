"""Every route of an API."""

from dataclasses import dataclass

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
        for route in _all(api)
        if "guard" in vars(route.endpoint)
        for method in sorted(route.methods or ())
    ]


def unguarded_routes_of(api: Client) -> set[str]:
    return {route.path for route in _all(api) if "guard" not in vars(route.endpoint)}


def _all(api: Client) -> list[APIRoute]:
    return [route for route in app_of(api).routes if isinstance(route, APIRoute)]
