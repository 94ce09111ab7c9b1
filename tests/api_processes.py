"""The APIs as processes of their own, and many clients that call them at one moment."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from tests.api_clients import SECRET_KEY, Client

from sloty_deploy.listening import free_port
from sloty_deploy.program import Program, RunningProgram
from sloty_deploy.stack import answers_ready

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class ApiProcess:
    """A running API; `running` can be killed and started again under the same URL."""

    url: str
    running: RunningProgram

    @contextmanager
    def client(self, token: str | None = None) -> Iterator[Client]:
        with httpx2.Client(base_url=self.url, timeout=TIMEOUT_SECONDS) as http:
            yield Client(http, token)


@contextmanager
def api_process(
    package: str,
    app_database_url: str,
    broker_url: str,
    directory: Path,
    **changes: str,
) -> Iterator[ApiProcess]:
    """`python -m package` until the end; `package` is sloty_booking or sloty_availability.

    `changes` are further variables of its environment.
    """
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    program = Program(
        name=package,
        command=[sys.executable, "-m", package],
        environment={
            "PATH": os.environ.get("PATH", os.defpath),
            "SLOTY_APP_DATABASE_URL": app_database_url,
            "SLOTY_BROKER_URL": broker_url,
            "SLOTY_SECRET_KEY": SECRET_KEY,
            "SLOTY_RATE_LIMIT": "off",
            "SLOTY_FILES_URL": (directory / "files").as_uri(),
            "SLOTY_BOOKING_PORT": port,
            "SLOTY_AVAILABILITY_PORT": port,
            **changes,
        },
        directory=directory,
        is_ready=partial(answers_ready, url, "/healthz"),
        patience_seconds=12,
    )
    with RunningProgram(program, directory / f"{package}-{port}.log") as running:
        yield ApiProcess(url, running)


@dataclass(frozen=True)
class Reply:
    """What one client of a rush got, and how long it waited."""

    status: int
    body: Any
    seconds: float


def rush(
    apis: Sequence[ApiProcess],
    token: str | None,
    path: str,
    bodies: Sequence[Any],
    *,
    method: str = "POST",
) -> list[Reply]:
    """Send each body from a client of its own, all at one moment, over open connections."""
    replies: list[Reply | None] = [None] * len(bodies)
    together = threading.Barrier(len(bodies))

    def call(place: int) -> None:
        with apis[place % len(apis)].client(token) as client:
            client.send("GET", "/healthz")
            together.wait(TIMEOUT_SECONDS)
            began = time.monotonic()
            answer = client.send(method, path, json=bodies[place])
            waited = time.monotonic() - began
            replies[place] = Reply(answer.status_code, answer.json(), waited)

    in_threads(call, len(bodies))
    return [reply for reply in replies if reply is not None]


def in_threads(call: Callable[[int], None], number: int) -> None:
    """Run `call(0)`, `call(1)` … each in a thread of its own, to the end of all."""
    threads = [threading.Thread(target=call, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
