"""An application that is told of requests before they are read, and answers with what it was told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sloty_shared.web.server import FORESEE, FORESEEN


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, Any]]:
    yield {FORESEE: lambda arriving: arriving.decode()}


async def answer(request: Request) -> JSONResponse:
    await request.body()
    await asyncio.sleep(float(request.query_params.get("seconds", 0)))
    return JSONResponse(request.scope["state"][FORESEEN])


async def healthz(_request: Request) -> JSONResponse:
    return JSONResponse("up")


app = Starlette(
    routes=[Route("/healthz", healthz), Route("/{path:path}", answer, methods=["GET", "POST"])],
    lifespan=lifespan,
)
