"""The processes of one run: a durable PostgreSQL, a broker, and what is started beside them."""

import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sloty_deploy.embedded_postgres import DATABASE, EmbeddedPostgres
from sloty_deploy.listening import LOOPBACK, listen
from sloty_deploy.program import Program, RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.scratch import DatabaseUrls, ScratchPostgres, scratch_broker
from sloty_deploy.stack import answers_ready
from sloty_deploy.surroundings import (
    APP_URL,
    BROKER_URL,
    SECRET_KEY,
    childrens_environment,
    without_settings,
)
from sloty_shared.migrate import migrate

START_SECONDS = 60.0
STOP_SECONDS = 12.0
SECRET = "a key for benchmarks alone"  # noqa: S105 - It guards nothing.


@dataclass(frozen=True)
class Served:
    """HTTP servers on one port of the loopback address, and the processes that answer there."""

    port: int
    processes: list[int]


@dataclass(frozen=True)
class Rig:
    """What runs until the end; `folder` holds the logs. Everything started later stops earlier."""

    folder: Path
    postgres: ScratchPostgres
    broker_url: str
    running: ExitStack

    def database(self) -> DatabaseUrls:
        """A migrated database of its own."""
        made = self.postgres.clone(DATABASE)
        migrate(made.owner_url, made.app_url)
        return made

    def settings(self, database: DatabaseUrls) -> dict[str, str]:
        """The environment of Sloty's own processes, as in production but for the rate limits."""
        return {
            APP_URL: database.app_url,
            BROKER_URL: self.broker_url,
            SECRET_KEY: SECRET,
            "SLOTY_RATE_LIMIT": "off",
        }

    def serve(
        self, module: str, settings: Mapping[str, str], *, processes: int, ready: bool = True
    ) -> Served:
        """Start processes of an HTTP server on one inherited socket.

        With `ready` it is waited for until /readyz says so. Raises Refusal when it does not start.
        """
        listener = self._listener()
        port = int(listener.getsockname()[1])
        descriptor = listener.fileno()
        started = []
        url = f"http://{LOOPBACK}:{port}"
        for number in range(processes):
            program = self._program(
                f"{module.rpartition('.')[2]}-{port}-{number}",
                ["-m", module],
                {**settings, "SLOTY_LISTEN_FD": str(descriptor)},
                descriptors=[descriptor],
            )
            running = self.start(_with_readiness(program, url) if ready else program)
            started.append(process_id(running))
        return Served(port, started)

    @property
    def database_process(self) -> int:
        """The id of the process whose children PostgreSQL's backends are."""
        return process_id(self.postgres.program)

    def program(self, name: str, arguments: Sequence[str], settings: Mapping[str, str]) -> Program:
        """A Python program of this installation."""
        return self._program(name, arguments, settings)

    def start(self, program: Program) -> RunningProgram:
        """Run it until the end of the rig, or until somebody stops it."""
        running = RunningProgram(program, self.folder / f"{program.name}.log", START_SECONDS)
        return self.running.enter_context(running)

    def _listener(self) -> socket.socket:
        listener = listen(LOOPBACK, 0, "the benchmark's own port")
        self.running.callback(listener.close)
        return listener

    def _program(
        self,
        name: str,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> Program:
        return Program(
            name=name,
            command=[sys.executable, *arguments],
            environment=without_settings(childrens_environment()) | dict(settings),
            directory=self.folder,
            patience_seconds=STOP_SECONDS,
            descriptors=descriptors,
        )


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    """Start PostgreSQL, as safe against power loss as in production, and a broker."""
    cluster = EmbeddedPostgres(folder / "postgres", durable=True)
    with ExitStack() as running:
        running.callback(cluster.close)
        server = RunningProgram(cluster.prepare(), folder / "postgres.log", START_SECONDS)
        running.enter_context(server)
        broker = running.enter_context(scratch_broker(folder))
        yield Rig(folder, ScratchPostgres(cluster, server), broker.url, running)


def process_id(running: RunningProgram) -> int:
    """The id of a program's process. Raises Refusal where none was started."""
    if running.process is None:
        raise Refusal(f"{running.program.name} does not run")
    return running.process.pid


def _with_readiness(program: Program, url: str) -> Program:
    return replace(program, is_ready=partial(answers_ready, url))
