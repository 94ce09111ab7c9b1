"""The router of a feature: its routes read JSON strictly."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.params import Form
from fastapi.routing import APIRoute

from sloty_shared.web.json_body import read_json
from sloty_shared.web.problems import ANY_PROBLEM

# Laid over a route's OpenAPI description: it can be called without a token.
NO_LOGIN: dict[str, Any] = {"security": []}


class JsonRoute(APIRoute):
    """A route that sees a JSON body only when it is a strict one of at most 1 MiB."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        if self.body_field is None or isinstance(self.body_field.field_info, Form):
            return answer

        # Read here and not by the framework, which would turn our refusals into its own.
        async def read_and_answer(request: Request) -> Response:
            return await answer(await read_json(request))

        return read_and_answer


class Router(APIRouter):
    """`router = Router(tags=["customers"])`, filled by a feature's routes."""

    def __init__(self, *, tags: list[str], prefix: str = "") -> None:
        super().__init__(
            prefix=prefix,
            tags=list(tags),
            route_class=JsonRoute,
            generate_unique_id_function=operation_id,
            # Named, it also takes the place of the framework's own validation error.
            responses={"default": ANY_PROBLEM},
        )


def operation_id(route: APIRoute) -> str:
    """The function's own name: stable, in snake_case, and what generated clients call it."""
    return route.name
