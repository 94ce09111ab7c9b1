"""The whole of Sloty as programs: what is started, in which order, with which environment."""

import asyncio
import contextlib
import http.client
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_broker import EmbeddedBroker
from sloty_deploy.embedded_mailbox import EmbeddedMailbox
from sloty_deploy.embedded_postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from sloty_deploy.listening import listen
from sloty_deploy.program import Program
from sloty_deploy.refusal import Refusal
from sloty_deploy.supervisor import Supervisor
from sloty_deploy.surroundings import (
    APP_URL,
    BROKER_URL,
    FILES_URL,
    OWNER_URL,
    SECRET_KEY,
    SMS_URL,
    SMTP_URL,
)
from sloty_notifications.settings import CONSOLE

# Stages, in the order of starting; what carries nothing of another stops at the same time.
DATABASE, BROKER, MAILBOX, SERVICES, ERRANDS = range(5)
ANSWER_TIMEOUT_SECONDS = 5
# Longer than a service takes to finish what it is doing, and less than all may take together.
SERVICE_PATIENCE_SECONDS = 10.5
READY = 200
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - Addresses that are translated.


@dataclass(frozen=True)
class StackOptions:
    """What the command line says about one running Sloty."""

    data_directory: Path
    workers: int = 1
    api_processes: int = 1
    demo: bool = True


class Stack:
    """One Sloty: first its sockets, then, under a supervisor, its processes.

    Raises Refusal when a port is taken.
    """

    def __init__(
        self,
        options: StackOptions,
        environment: Mapping[str, str],
        *,
        host: str,
        booking_port: int,
        availability_port: int,
        say: Callable[[str], None],
    ) -> None:
        self.options = options
        self._say = say
        self._listeners = {
            "booking": listen(host, booking_port, "SLOTY_BOOKING_PORT"),
            "availability": listen(host, availability_port, "SLOTY_AVAILABILITY_PORT"),
        }
        self.data = DataDirectory(options.data_directory)
        self.environment = dict(environment)
        self._postgres: EmbeddedPostgres | None = None
        self._mailbox: EmbeddedMailbox | None = None

    def url(self, api: str) -> str:
        """The address of `booking` or `availability`, as this machine reaches it."""
        host, port = self._listeners[api].getsockname()[:2]
        reachable = WILDCARDS.get(host, host)
        return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"

    @property
    def addresses(self) -> dict[str, str]:
        """Where to reach what runs, for programs."""
        return {name: self.url(name) for name in self._listeners} | {"mail": self.mail_address}

    @property
    def mail_address(self) -> str:
        """Where the mails go that Sloty sends."""
        return self._mailbox.page_url if self._mailbox else "the server in SLOTY_SMTP_URL"

    async def start(self, supervisor: Supervisor) -> None:
        """Start everything that was not given by URL; return when both APIs are ready."""
        self.environment.setdefault(SECRET_KEY, self.data.secret_key())
        self.environment.setdefault(FILES_URL, (self.data.path / "files").as_uri())
        # Text messages go to the console, where the worker's lines are shown.
        self.environment.setdefault(SMS_URL, CONSOLE)
        if OWNER_URL not in self.environment:
            await self._start_postgres(supervisor)
        if BROKER_URL not in self.environment:
            await self._start_broker(supervisor)
        if SMTP_URL not in self.environment:
            await self._start_mailbox(supervisor)
        self._say("Migrating the database")
        await supervisor.run_once(self._python("migrate", "sloty_shared.migrate"), ERRANDS)
        await self._start_services(supervisor)
        if self.options.demo:
            await self._load_demo_tenant(supervisor)

    def close(self) -> None:
        """Give back sockets and folders, once every process has ended."""
        for listener in self._listeners.values():
            listener.close()
        if self._mailbox:
            self._mailbox.close()
        if self._postgres:
            self._postgres.close()

    async def _start_postgres(self, supervisor: Supervisor) -> None:
        self._say("Starting PostgreSQL")
        self._postgres = EmbeddedPostgres(self.data.path / "postgres")
        await supervisor.start(await asyncio.to_thread(self._postgres.prepare), DATABASE)
        self.environment[OWNER_URL] = self._postgres.url(OWNER_ROLE)
        self.environment[APP_URL] = self._postgres.url(APP_ROLE)

    async def _start_broker(self, supervisor: Supervisor) -> None:
        self._say("Starting the broker")
        broker = EmbeddedBroker(self.data.path / "broker")
        await supervisor.start(broker.prepare(), BROKER)
        self.environment[BROKER_URL] = broker.url

    async def _start_mailbox(self, supervisor: Supervisor) -> None:
        self._say("Starting the mailbox")
        self._mailbox = EmbeddedMailbox(self.data.path / "mail")
        await supervisor.start(self._mailbox.prepare(self.environment), MAILBOX)
        self.environment[SMTP_URL] = self._mailbox.smtp_url

    async def _start_services(self, supervisor: Supervisor) -> None:
        self._say("Starting the APIs, the worker and beat")
        programs = [*self._apis(), *self._workers(), self._beat()]
        children = [supervisor.launch(program, SERVICES) for program in programs]
        for child in children:
            await supervisor.until_ready(child)

    async def _load_demo_tenant(self, supervisor: Supervisor) -> None:
        """Load it once a data directory; what stands in its way does not stop the rest."""
        done = self.data.path / "demo-tenant"
        if done.exists():
            return
        self._say("Loading the demo tenant")
        addresses = (self.url("booking"), self.url("availability"))
        program = self._python("demo-tenant", "sloty_deploy.demo_tenant", *addresses)
        try:
            await supervisor.run_once(program, ERRANDS)
        except Refusal as problem:
            self._say(f"The demo tenant could not be loaded: {problem}")
        else:
            done.touch()

    def _apis(self) -> list[Program]:
        return [
            self._api(name, _numbered(name, number))
            for number in range(self.options.api_processes)
            for name in self._listeners
        ]

    def _api(self, api: str, name: str) -> Program:
        descriptor = self._listeners[api].fileno()
        return Program(
            name=name,
            command=[sys.executable, "-m", f"sloty_{api}"],
            environment=self.environment | {"SLOTY_LISTEN_FD": str(descriptor)},
            directory=self.data.path,
            is_ready=partial(answers_ready, self.url(api)),
            patience_seconds=SERVICE_PATIENCE_SECONDS,
            descriptors=[descriptor],
        )

    def _workers(self) -> list[Program]:
        options = ["worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle", "-n"]
        return [
            self._celery(_numbered("worker", number), *options, f"worker{number + 1}@%h")
            for number in range(self.options.workers)
        ]

    def _beat(self) -> Program:
        schedule = str(self.data.path / "beat-schedule")
        return self._celery("beat", "beat", "--loglevel", "INFO", "--pidfile=", "-s", schedule)

    def _celery(self, name: str, *arguments: str) -> Program:
        return self._python(name, "celery", "-A", "sloty_notifications.worker", *arguments)

    def _python(self, name: str, module: str, *arguments: str) -> Program:
        return Program(
            name=name,
            command=[sys.executable, "-m", module, *arguments],
            environment=dict(self.environment),
            directory=self.data.path,
            patience_seconds=SERVICE_PATIENCE_SECONDS,
        )


def answers_ready(url: str, probe: str = "/readyz") -> bool:
    """Whether the server at `url` answers this probe with 200: as it stands, that it can work."""
    connection = http.client.HTTPConnection(
        url.removeprefix("http://"), timeout=ANSWER_TIMEOUT_SECONDS
    )
    with contextlib.closing(connection):
        try:
            connection.request("GET", probe)
            return connection.getresponse().status == READY
        except (OSError, http.client.HTTPException):
            return False


def _numbered(name: str, number: int) -> str:
    return name if number == 0 else f"{name}-{number + 1}"
