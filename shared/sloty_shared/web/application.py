"""The application that both HTTP services are: their routers inside the common conventions."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Lifespan

from sloty_shared.readiness import Readiness
from sloty_shared.tracing import Tracer, Unrecorded
from sloty_shared.web.conventions import CONVENTIONS
from sloty_shared.web.docs import docs_router
from sloty_shared.web.edge import Edge, LastResort
from sloty_shared.web.health import health_router
from sloty_shared.web.problems import Problem, install_problem_handlers
from sloty_shared.web.remembering import Remembering
from sloty_shared.web.route_index import RouteIndex

API_VERSION = "1.0.0"
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": "The `token` of a log-in or the `key` of an API key.",
}
# The framework's own tracing costs a fifth of a small request, whether or not anybody collects.
_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False}


class Api(FastAPI):
    """FastAPI whose document tells of problem documents and bearer tokens."""

    def build_middleware_stack(self) -> ASGIApp:
        """The layers from `Edge` on: what the framework puts around them, they do themselves."""
        layer: Any = super().build_middleware_stack()
        while not isinstance(layer, Edge):
            layer = layer.app
        return layer

    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        components = schema.setdefault("components", {})
        if "securitySchemes" not in components:
            problem = Problem.model_json_schema(
                mode="serialization", ref_template="#/components/schemas/{model}"
            )
            parts = problem.pop("$defs")
            components.setdefault("schemas", {}).update(parts, Problem=problem)
            components["securitySchemes"] = {"bearer": _BEARER}
            schema["security"] = [{"bearer": []}]
        return schema


def create_app(
    *,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    check_readiness: Callable[[], Readiness],
    cors_origins: Sequence[str] = (),
    lifespan: Lifespan[Api] | None = None,
    tracer: Tracer | None = None,
    remembers: bool = False,
) -> Api:
    """One service's application.

    `routers` state their whole paths (`/v1/...`). `check_readiness` answers for `/readyz` and may
    block. Pages from `cors_origins` may call the API from a browser. `tracer` tells of the requests.
    With `remembers`, answers are given again while they are exact; the lifespan must set the runtime.
    """
    # As they are: the framework would make each anew, on the first request, to include its router.
    every_router = (*routers, health_router(check_readiness), docs_router(title))
    routes = [route for router in every_router for route in router.routes]
    edge = Middleware(Edge, tracer=tracer or Unrecorded())
    memory = [Middleware(Remembering)] if remembers else []
    app = Api(
        title=title,
        description=f"{description}\n{CONVENTIONS}",
        version=API_VERSION,
        license_info={"name": "MIT", "identifier": "MIT"},
        # Both pages are routes of ours, so that they are counted and work offline.
        openapi_url=None,
        docs_url=None,
        redirect_slashes=False,
        middleware=[edge, *_cors(cors_origins), Middleware(LastResort), *memory],
        telemetry=_NO_TELEMETRY,
        lifespan=lifespan,
        routes=[RouteIndex(routes), *routes],
    )
    install_problem_handlers(app)
    return app


def _cors(origins: Sequence[str]) -> list[Middleware]:
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Sloty-Tenant",
                "X-Request-Id",
                "traceparent",
                "tracestate",
            ],
            expose_headers=[
                "ETag",
                "Idempotent-Replayed",
                "Location",
                "Retry-After",
                "X-Request-Id",
            ],
            max_age=3600,
        )
    ]
