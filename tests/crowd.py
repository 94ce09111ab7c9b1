"""A crowd of clients on open connections that want something at one moment, round after round."""

import http.client
import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg
from tests.api_processes import TIMEOUT_SECONDS, ApiProcess, in_threads
from tests.counts import wait_until_told

from sloty_deploy.scratch import DatabaseUrls, ScratchPostgres

# What a request of a crowd may take where nothing else runs, and where other tests do. PostgreSQL
# counts the deadlocks in any case.
_ALONE_SECONDS = 2
CROWDED_SECONDS = 10
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wish:
    """A POST that somebody wants to succeed."""

    path: str
    body: Any = None


@dataclass(frozen=True)
class Told:
    """What became of a wish."""

    wish: Wish
    status: int
    body: Any
    seconds: float

    @property
    def got_it(self) -> bool:
        return self.status in (200, 201)

    @property
    def answer(self) -> tuple[int, str | None]:
        return self.status, None if self.got_it else self.body.get("code")


class OpenConnection:
    """One connection to an API, kept open: costs the rush far less than a client with comforts."""

    def __init__(self, url: str, token: str | None, timeout: float = TIMEOUT_SECONDS) -> None:
        place = urlsplit(url)
        self._http = http.client.HTTPConnection(place.hostname or "", place.port, timeout=timeout)
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer. Raises OSError or HTTPException if none comes."""
        sent = None if body is None else json.dumps(body)
        self._http.request(method, path, sent, self._headers | headers)
        answer = self._http.getresponse()
        said = answer.read()
        return answer.status, json.loads(said) if said else None

    def close(self) -> None:
        self._http.close()


def contest(
    apis: Sequence[ApiProcess], token: str | None, rounds: Sequence[Sequence[Wish]]
) -> list[list[Told]]:
    """What each client of each round was told; those of one round send at one moment.

    The client at one place is the same in all rounds.
    """
    told: list[list[Told | None]] = [[None] * len(wishes) for wishes in rounds]
    clients = max(len(wishes) for wishes in rounds)
    together = threading.Barrier(clients)

    def attend(place: int) -> None:
        connection = OpenConnection(apis[place % len(apis)].url, token)
        connection.send("GET", "/healthz")
        # Whoever breaks down ends it for all, and the missing answers tell.
        with suppress(threading.BrokenBarrierError):
            try:
                for turn, wishes in enumerate(rounds):
                    together.wait(TIMEOUT_SECONDS)
                    if place < len(wishes):
                        told[turn][place] = _ask(connection, wishes[place])
            except (OSError, http.client.HTTPException):
                together.abort()
            finally:
                connection.close()

    in_threads(attend, clients)
    answered = [[each for each in one if each is not None] for one in told]
    assert [len(one) for one in answered] == [len(wishes) for wishes in rounds]
    waits = sorted(each.seconds for one in answered for each in one)
    _log.info(
        "%d requests of %d clients: half under %.3f s, 99%% under %.3f s, the worst %.3f s",
        len(waits),
        clients,
        waits[len(waits) // 2],
        waits[len(waits) * 99 // 100],
        waits[-1],
    )
    return answered


def assert_nobody_waited(told: Iterable[Told], *, alone: bool) -> None:
    """The last thing to ask of a contest; `alone` are the long runs, which have the machine."""
    worst = max(each.seconds for each in told)
    assert worst < (_ALONE_SECONDS if alone else CROWDED_SECONDS), "Somebody waited for a deadlock."


def _ask(connection: OpenConnection, wish: Wish) -> Told:
    began = time.monotonic()
    status, body = connection.send("POST", wish.path, wish.body)
    return Told(wish, status, body, time.monotonic() - began)


@contextmanager
def without_deadlocks(postgres: ScratchPostgres, template: str) -> Iterator[DatabaseUrls]:
    """A database in which no deadlock has been counted when all is over."""
    database = postgres.clone(template)
    yield database
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        wait_until_told(connection)
        deadlocks = connection.execute(_DEADLOCKS).fetchone()
    postgres.drop(database)
    assert deadlocks == (0,)
