"""An HTTP service: the application with its database, wake-ups and readiness."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from anyio.to_thread import current_default_thread_limiter
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import OperationalError

from sloty_shared.broker import WakeUps
from sloty_shared.database import Database, UnsafeRole
from sloty_shared.encryption import Encryption
from sloty_shared.logging import configure_logging
from sloty_shared.readiness import check_readiness
from sloty_shared.settings import Settings
from sloty_shared.snapshots import Snapshots
from sloty_shared.tracing import Tracer, tracer_of
from sloty_shared.web.answer_memory import AnswerMemory
from sloty_shared.web.application import Api, create_app
from sloty_shared.web.rate_limits import RateLimits
from sloty_shared.web.runtime import Runtime
from sloty_shared.web.server import FORESEE
from sloty_shared.zone_rules import ZoneCheck


def create_service(
    settings: Settings,
    *,
    name: str,
    title: str,
    description: str,
    routers: Sequence[APIRouter],
    connections: int,
    remembers: bool = False,
) -> Api:
    """The application of one service, which refuses to start as a role that is not safe.

    `connections` is how many requests work at once in this process, unless the settings say.
    `remembers` is for services with glances, which may be answered again while they are exact.
    """
    connections = settings.database_pool_size or connections
    configure_logging(name)
    database = Database(
        settings.app_database_url, pool_size=connections, application=f"sloty-{name}"
    )
    check_zones = ZoneCheck(database)
    tracer = tracer_of(name)

    @asynccontextmanager
    async def lifespan(app: Api) -> AsyncIterator[dict[str, Any]]:
        await _begin(database, connections)
        app.state.runtime = runtime = _runtime(settings, database)
        yield {FORESEE: runtime.answers.foresee} if remembers else {}
        await _end(runtime, tracer)

    return create_app(
        title=title,
        description=description,
        routers=routers,
        check_readiness=lambda: check_readiness(database, settings.broker_url, check_zones),
        cors_origins=settings.allowed_origins,
        lifespan=lifespan,
        tracer=tracer,
        remembers=remembers,
    )


async def _end(runtime: Runtime, tracer: Tracer) -> None:
    runtime.answers.close()
    for close in (runtime.wake_ups.close, tracer.close, runtime.database.dispose):
        await run_in_threadpool(close)


def _runtime(settings: Settings, database: Database) -> Runtime:
    return Runtime(
        settings=settings,
        database=database,
        wake_ups=WakeUps(settings.broker_url),
        encryption=Encryption(settings.secret_key),
        rate_limits=RateLimits(enabled=settings.rate_limit == "on"),
        answers=AnswerMemory(Snapshots(database), settings.answers_kept_bytes),
    )


async def _begin(database: Database, connections: int) -> None:
    await run_in_threadpool(_open, database)
    # A thread without a connection could only wait; it is cheaper to let the request wait.
    current_default_thread_limiter().total_tokens = connections


def _open(database: Database) -> None:
    """Look at the role and open the pool; without a database the service is alive, not ready."""
    try:
        database.refuse_unsafe_role()
        database.warm_up()
    except UnsafeRole as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(1) from problem
    except OperationalError:
        return
