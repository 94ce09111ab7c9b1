"""PostgreSQL, broker and mailbox of a test run's own: real ones, gone when the run is."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql

from sloty_deploy.embedded_broker import EmbeddedBroker
from sloty_deploy.embedded_mailbox import EmbeddedMailbox
from sloty_deploy.embedded_postgres import (
    APP_ROLE,
    DATABASE,
    OWNER_ROLE,
    SUPERUSER,
    EmbeddedPostgres,
)
from sloty_deploy.mail_store import MailStore, MailSummary
from sloty_deploy.program import RunningProgram
from sloty_deploy.waiting import wait_for


@dataclass(frozen=True)
class DatabaseUrls:
    """One database, as its owner, as the services and as the server's superuser see it."""

    name: str
    owner_url: str
    app_url: str
    superuser_url: str


@dataclass(frozen=True)
class ScratchPostgres:
    """A running cluster that hands out databases; `program` can be killed and started again."""

    cluster: EmbeddedPostgres
    program: RunningProgram

    @property
    def first_database(self) -> DatabaseUrls:
        """The database `sloty` as every new cluster has it: with no table, owned by the owner."""
        return self._urls(DATABASE)

    def clone(self, template: str) -> DatabaseUrls:
        """A copy of a database that nobody is connected to."""
        name = f"scratch_{uuid4().hex}"
        self._run("CREATE DATABASE {} TEMPLATE {} OWNER {}", name, template, OWNER_ROLE)
        return self._urls(name)

    def drop(self, database: DatabaseUrls) -> None:
        """Remove a database, whoever is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name)

    def _urls(self, name: str) -> DatabaseUrls:
        roles = (OWNER_ROLE, APP_ROLE, SUPERUSER)
        return DatabaseUrls(name, *(self.cluster.url(role, name) for role in roles))

    def _run(self, statement: str, *names: str) -> None:
        identifiers = (sql.Identifier(name) for name in names)
        query = sql.SQL(statement).format(*identifiers)
        with psycopg.connect(self.cluster.url(SUPERUSER, "postgres"), autocommit=True) as server:
            server.execute(query)


@dataclass(frozen=True)
class ScratchBroker:
    """A running broker; `program` can be killed and started again under the same URL."""

    url: str
    program: RunningProgram


@dataclass(frozen=True)
class ScratchMailbox:
    """A running mail server, what it received, and its process to kill and start again."""

    smtp_url: str
    page_url: str
    mails: MailStore
    program: RunningProgram

    def wait_for(
        self, wanted: Callable[[MailSummary], bool], within_seconds: float = 20.0
    ) -> MailSummary:
        """Wait for a mail that is wanted, and return the newest. Raise Refusal if none comes."""

        def came() -> list[MailSummary]:
            return [mail for mail in self.mails.newest() if wanted(mail)]

        otherwise = f"No such mail came in {within_seconds:.0f} s"
        return wait_for(came, within_seconds=within_seconds, otherwise=otherwise)[0]


@contextmanager
def scratch_postgres(directory: Path) -> Iterator[ScratchPostgres]:
    """A new cluster in `directory`, not safe against power loss, stopped at the end."""
    with (
        closing(EmbeddedPostgres(directory / "postgres", durable=False)) as cluster,
        RunningProgram(cluster.prepare(), directory / "postgres.log") as program,
    ):
        yield ScratchPostgres(cluster, program)


@contextmanager
def scratch_broker(directory: Path) -> Iterator[ScratchBroker]:
    """A new, empty broker, stopped at the end."""
    broker = EmbeddedBroker(directory / "broker")
    with RunningProgram(broker.prepare(), directory / "broker.log") as program:
        yield ScratchBroker(broker.url, program)


@contextmanager
def scratch_mailbox(directory: Path) -> Iterator[ScratchMailbox]:
    """A new, empty mailbox, stopped at the end."""
    environment = {"PATH": os.environ.get("PATH", os.defpath)}
    with (
        closing(EmbeddedMailbox(directory / "mail")) as mailbox,
        RunningProgram(mailbox.prepare(environment), directory / "mailbox.log") as program,
    ):
        yield ScratchMailbox(mailbox.smtp_url, mailbox.page_url, mailbox.mails, program)
