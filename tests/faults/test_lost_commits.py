"""Idempotency keys where things break: many at once, lost connections, a killed process."""

import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import psycopg
import pytest
from tests.api_clients import Client, Shop, customer, in_process, open_shop, settings_of
from tests.api_processes import TIMEOUT_SECONDS, ApiProcess, api_process, in_threads

from sloty_deploy.scratch import (
    DatabaseUrls,
    ScratchBroker,
    ScratchPostgres,
    scratch_broker,
)

from .commit_cutter import CommitCutter, Cut, commit_cutter

PATH = "/v1/customers"
AT_ONCE = 50


@pytest.fixture(scope="module")
def database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """One that these tests may harm, as long as they mend it."""
    database = postgres.clone(migrated_template)
    yield database
    postgres.drop(database)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchBroker]:
    with scratch_broker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(scope="module")
def shop(database: DatabaseUrls, broker: ScratchBroker) -> Iterator[Shop]:
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        yield open_shop(apis)


@pytest.fixture(scope="module")
def two_processes(
    database: DatabaseUrls, broker: ScratchBroker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[ApiProcess]]:
    where = (database.app_url, broker.url, tmp_path_factory.mktemp("two"))
    with ExitStack() as stack:
        yield [stack.enter_context(api_process("sloty_booking", *where)) for _ in range(2)]


def post(client: Client, key: str, body: Any) -> httpx2.Response:
    return client.send("POST", PATH, json=body, headers={"Idempotency-Key": key})


def customers_with(database: DatabaseUrls, email: str) -> int:
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT count(*) FROM customers WHERE email = %s", [email]).fetchone()
    assert row is not None
    return int(row[0])


def test_fifty_at_once_make_one_row(
    shop: Shop,
    database: DatabaseUrls,
    two_processes: list[ApiProcess],
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> None:
    for round_number in range(30 if long_run else 2):
        body = customer()
        answers = at_once(two_processes, shop.booking.token, f"k{round_number}", body)
        made = [answer for answer in answers if answer.status_code == 201]
        refused = [answer for answer in answers if answer.status_code == 409]
        assert len(made) + len(refused) == AT_ONCE
        assert len({answer.content for answer in made}) == 1
        assert [answer.headers.get("idempotent-replayed") for answer in made].count(None) == 1
        assert {answer.json()["code"] for answer in refused} <= {"idempotency_in_flight"}
        assert customers_with(database, body["email"]) == 1


def at_once(
    processes: list[ApiProcess], token: str | None, key: str, body: Any
) -> list[httpx2.Response]:
    """The answers to one request that so many clients send at one moment."""
    answers: list[httpx2.Response] = []
    together = threading.Barrier(AT_ONCE)

    def call(place: int) -> None:
        with processes[place % len(processes)].client(token) as client:
            client.send("GET", "/healthz")
            together.wait(TIMEOUT_SECONDS)
            answers.append(post(client, key, body))

    in_threads(call, AT_ONCE)
    return answers


@pytest.fixture(scope="module")
def cutter(database: DatabaseUrls) -> Iterator[CommitCutter]:
    with commit_cutter(database.app_url) as cutter:
        yield cutter


@pytest.fixture(scope="module")
def behind_cutter(
    cutter: CommitCutter, broker: ScratchBroker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiProcess]:
    """A booking API that reaches its database through the cutter."""
    where = (cutter.url, broker.url, tmp_path_factory.mktemp("cut"))
    with api_process("sloty_booking", *where) as process:
        yield process


@pytest.mark.timeout(1800)
def test_success_is_never_said_of_a_lost_commit(
    shop: Shop,
    database: DatabaseUrls,
    cutter: CommitCutter,
    behind_cutter: ApiProcess,
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> None:
    """Whether the row is there or not, the one who asks again with the key gets exactly one."""
    rounds = 200 if long_run else 20
    with behind_cutter.client(shop.booking.token) as client:
        for number in range(rounds):
            cut, body = random.choice(list(Cut)), customer()
            cutter.arm(cut)
            lost = post(client, f"lost{number}", body)
            assert lost.status_code == 503
            there = customers_with(database, body["email"])
            assert there == (1 if cut is Cut.AFTER else 0)
            again = post(client, f"lost{number}", body)
            assert again.status_code == 201
            assert (again.headers.get("idempotent-replayed") == "true") is (cut is Cut.AFTER)
            assert customers_with(database, body["email"]) == 1
    assert cutter.cuts == rounds


@pytest.mark.timeout(1800)
def test_backend_ended_at_commit_is_never_a_success(
    shop: Shop,
    database: DatabaseUrls,
    two_processes: list[ApiProcess],
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> None:
    rounds = 200 if long_run else 20
    statuses = set()
    with psycopg.connect(database.superuser_url) as superuser:
        superuser.execute(
            """
            CREATE FUNCTION end_backend() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF random() < 0.5 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER end_backend AFTER INSERT ON customers
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION end_backend();
            """
        )
        superuser.commit()
        with two_processes[0].client(shop.booking.token) as client:
            for number in range(rounds):
                body = customer()
                answer = post(client, f"ended{number}", body)
                statuses.add(answer.status_code)
                assert customers_with(database, body["email"]) == (answer.status_code == 201)
        superuser.execute("DROP FUNCTION end_backend CASCADE")
        superuser.commit()
    assert statuses == {201, 503}


def test_killed_between_commit_and_answer_replays(
    shop: Shop,
    database: DatabaseUrls,
    cutter: CommitCutter,
    behind_cutter: ApiProcess,
) -> None:
    body = customer()
    cutter.before_losing = behind_cutter.running.kill
    cutter.arm(Cut.AFTER)
    with behind_cutter.client(shop.booking.token) as client, pytest.raises(httpx2.TransportError):
        post(client, "k", body)
    assert customers_with(database, body["email"]) == 1
    behind_cutter.running.start()
    with behind_cutter.client(shop.booking.token) as client:
        answer = post(client, "k", body)
    assert (answer.status_code, answer.headers.get("idempotent-replayed")) == (201, "true")
    assert answer.json()["email"] == body["email"]
    assert customers_with(database, body["email"]) == 1
