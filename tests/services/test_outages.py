"""Broker or database out of reach: what still works, what is said, and how it comes back."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.api_clients import Shop, in_process, open_shop, settings_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, scratch_postgres
from sloty_shared.migrate import migrate

NINE = "2027-03-23T09:00:00+01:00"
TEN = "2027-03-23T10:00:00+01:00"
PROMPT_SECONDS = 2
DEFERRED = """
    CREATE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {failure}; RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON {table}
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
"""


@pytest.fixture
def own_shop(database: DatabaseUrls, broker: ScratchBroker) -> Iterator[Shop]:
    """A shop on a database and a broker that the test may harm."""
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        yield open_shop(apis)


def test_bookings_go_on_without_a_broker(own_shop: Shop, broker: ScratchBroker) -> None:
    broker.program.kill()
    assert_books_promptly(own_shop)


def test_bookings_go_on_with_a_frozen_broker(own_shop: Shop, broker: ScratchBroker) -> None:
    with frozen(broker):
        assert_books_promptly(own_shop)


def assert_books_promptly(shop: Shop) -> None:
    for hour in ("09", "10", "11"):
        began = time.monotonic()
        booked = shop.book(f"2027-03-23T{hour}:00:00+01:00")
        assert time.monotonic() - began < PROMPT_SECONDS
        owed = shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]
        assert [message["status"] for message in owed] == ["PENDING"]
    ready = shop.booking.get("/readyz")
    assert ready == {
        "status": "ok",
        "checks": {"database": "ok", "broker": "out of reach", "zones": "ok"},
    }


@contextmanager
def frozen(broker: ScratchBroker) -> Iterator[None]:
    """A broker that takes connections and never answers."""
    process = broker.program.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_services_come_back_with_their_database(tmp_path: Path, apis_broker: ScratchBroker) -> None:
    with scratch_postgres(tmp_path) as server:
        urls = server.first_database
        migrate(urls.owner_url, urls.app_url)
        with in_process(settings_of(urls.app_url, apis_broker.url)) as apis:
            shop = open_shop(apis)
            server.program.stop()
            assert_says_unavailable(shop)
            server.program.start()
            assert shop.book(NINE)["status"] == "SCHEDULED"
            assert NINE not in shop.starts("2027-03-23")
            assert shop.booking.get("/readyz")["checks"]["database"] == "ok"


def assert_says_unavailable(shop: Shop) -> None:
    asked: list[tuple[Any, str, str]] = [
        (shop.booking, "POST", "/v1/appointments"),
        (shop.booking, "GET", "/v1/appointments"),
        (shop.availability, "GET", f"/v1/providers/{shop.provider['id']}/availability"),
        (shop.booking.with_token(None), "POST", "/v1/auth/login"),
    ]
    login = {"email": "a@a.example", "password": "x"}
    for api, method, path in asked:
        body = login if path.endswith("login") else shop.request(NINE)
        answer = api.send(method, path, json=body if method == "POST" else None)
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "unavailable"
        assert int(answer.headers["retry-after"]) >= 1
    problem = shop.booking.refused("GET", "/readyz", 503, "not_ready")
    assert problem["checks"] == {"database": "out of reach", "broker": "ok"}
    assert shop.booking.get("/healthz") == {"status": "ok"}


@pytest.mark.parametrize("table", ["appointments", "notifications"])
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        ("RAISE EXCEPTION 'no'", 500),
        ("RAISE EXCEPTION 'no' USING ERRCODE = 'unique_violation'", 409),
        ("RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'", 503),
        ("PERFORM pg_terminate_backend(pg_backend_pid())", 503),
    ],
)
def test_failed_commit_never_says_created(
    own_shop: Shop, database: DatabaseUrls, table: str, failure: str, status: int
) -> None:
    with psycopg.connect(database.superuser_url) as connection:
        statements = DEFERRED.format(failure=failure, table=table)
        connection.execute(statements)
    answer = own_shop.booking.send("POST", "/v1/appointments", json=own_shop.request(NINE))
    assert answer.status_code == status, answer.text
    assert "fail_at_commit" not in answer.text
    with psycopg.connect(database.superuser_url) as connection:
        connection.execute(f"DROP TRIGGER fail_at_commit ON {table}")
    assert own_shop.booking.get("/v1/appointments")["items"] == []
    assert own_shop.booking.get("/v1/customers")["items"] == []
    own_shop.book(NINE)
