"""Where lists are kept, PostgreSQL is asked for its snapshot before the request has come in whole."""

import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from tests.api_clients import in_process, open_shop, settings_of
from tests.api_processes import api_process

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

LAST_LOOK = """
    SELECT max(query_start) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%pg_current_snapshot()::text'
"""


def test_look_begins_with_the_first_bytes(
    database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> None:
    where = (database.app_url, broker.url, tmp_path)
    with (
        in_process(settings_of(database.app_url, broker.url)) as apis,
        api_process("sloty_availability", *where) as api,
        psycopg.connect(database.superuser_url, autocommit=True) as connection,
    ):
        apis.clock.now = datetime.now(UTC)
        shop = open_shop(apis)
        day = datetime.now(UTC).date() + timedelta(days=7)
        begin = f"GET /v1/slots?serviceId={shop.service['id']}&from={day}&to={day} HTTP/1.1\r\n"
        rest = f"Host: a\r\nAuthorization: Bearer {shop.availability.token}\r\n\r\n"
        place = urlsplit(api.url)
        with socket.create_connection((place.hostname, place.port), timeout=30) as client:
            deadline = time.monotonic() + 30
            # The first is kept, and looked for again within its second, on a machine that is not busy.
            while (before := last_look(connection)) is None:
                assert time.monotonic() < deadline
                client.sendall((begin + rest).encode())
                assert answered(client)
            client.sendall(begin.encode())
            while last_look(connection) == before:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            client.sendall(rest.encode())
            assert answered(client)


def last_look(connection: psycopg.Connection) -> datetime | None:
    found = connection.execute(LAST_LOOK).fetchone()
    return found[0] if found else None


def answered(client: socket.socket) -> bool:
    """Whether a whole list has come."""
    answer = b""
    while not answer.endswith(b"}"):
        answer += client.recv(65536)
    return answer.startswith(b"HTTP/1.1 200 ")
