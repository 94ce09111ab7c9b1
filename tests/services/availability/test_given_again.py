"""Lists that are given again while they are exact: never after a commit, nor to anybody else."""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from limits import RateLimitItemPerMinute
from tests.api_clients import (
    PASSWORD,
    Apis,
    Client,
    Clock,
    Shop,
    app_of,
    in_process,
    open_shop,
    settings_of,
)
from tests.api_processes import api_process
from tests.crowd import OpenConnection
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_shared.snapshots import LOOK_SECONDS
from sloty_shared.web import rate_limits
from sloty_shared.web.rate_limits import RateLimits

NINE = "2027-03-23T09:00:00+01:00"
DAY = {"from": "2027-03-23", "to": "2027-03-23"}
FREE = ["09:00", "10:00", "11:00"]
# PostgreSQL's own housekeeping may come between two requests, hardly so often.
TRIES = 20
SLOTS = 48
WATCHERS = 6
CROWD = 12
WAITING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
LOOKING = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%pg_current_snapshot()::text'
"""


def ask(shop: Shop, headers: dict[str, str] | None = None, client: Client | None = None) -> Any:
    query = {"serviceId": shop.service["id"], "providerId": shop.provider["id"], **DAY}
    api = client or shop.availability
    return api.send("GET", "/v1/slots", params=query, headers=headers or {})


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [slot["startTime"][11:16] for slot in answer.json()["items"]]


def is_given_again(shop: Shop, send: Callable[[], Any]) -> bool:
    """Whether the same request is ever answered without a question to the database."""
    for _ in range(TRIES):
        first = send()
        with statements(shop.availability) as sent:
            again = send()
        if not sent:
            kept = ("etag", "content-type", "cache-control", "content-length")
            assert again.status_code == first.status_code
            assert again.content == first.content
            assert [again.headers.get(name) for name in kept] == [
                first.headers.get(name) for name in kept
            ]
            assert again.headers["x-request-id"] != first.headers["x-request-id"]
            return True
    return False


def test_list_is_given_again_as_it_was(shop: Shop) -> None:
    assert is_given_again(shop, lambda: ask(shop))
    etag = ask(shop).headers["etag"]
    assert is_given_again(shop, lambda: ask(shop, {"If-None-Match": etag}))
    assert is_given_again(shop, lambda: ask(shop, {"If-None-Match": '"another"'}))
    assert ask(shop, {"If-None-Match": f'W/{etag}, "another"'}).status_code == 304
    slug, service = shop.tenant["slug"], shop.service["id"]
    public = shop.availability.with_token(None)
    path = f"/v1/public/{slug}/slots?serviceId={service}&from=2027-03-23&to=2027-03-23"
    assert is_given_again(shop, lambda: public.send("GET", path))
    assert is_given_again(shop, lambda: public.send("HEAD", path))


def test_list_is_another_after_each_commit(shop: Shop) -> None:
    for _ in range(3):
        assert listed(ask(shop)) == listed(ask(shop)) == FREE
        booked = shop.book(NINE)
        assert listed(ask(shop)) == listed(ask(shop)) == FREE[1:]
        held = shop.booking.post(
            "/v1/holds",
            {
                "serviceId": shop.service["id"],
                "providerId": shop.provider["id"],
                "startTime": NINE.replace("09", "10", 1),
            },
        )
        assert listed(ask(shop)) == FREE[2:]
        assert shop.booking.send("DELETE", f"/v1/holds/{held['id']}").status_code == 204
        assert listed(ask(shop)) == FREE[1:]
        shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", {}, status=200)
    shop.add_override(shop.provider, date="2027-03-23", type="SICK")
    assert listed(ask(shop)) == []


def test_crowd_has_a_list_made_once(shop: Shop, apis_database: DatabaseUrls) -> None:
    assert is_given_again(shop, lambda: ask(shop))
    shop.book(NINE)
    with (
        psycopg.connect(apis_database.owner_url) as owner,
        ThreadPoolExecutor(CROWD) as crowd,
        statements(shop.availability) as sent,
    ):
        owner.execute("LOCK TABLE providers")
        asking = [crowd.submit(ask, shop) for _ in range(CROWD)]
        wait_for_lock(apis_database)
        # The others come while the first is held up.
        time.sleep(0.5)
        owner.commit()
        assert [listed(each.result()) for each in asking] == [FREE[1:]] * CROWD
    assert len(sent) == 1


def wait_for_lock(database: DatabaseUrls) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        deadline = time.monotonic() + 30
        while not connection.execute(WAITING).fetchall():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_what_is_not_committed_changes_nothing(shop: Shop, apis_database: DatabaseUrls) -> None:
    with psycopg.connect(apis_database.owner_url) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        connection.execute("UPDATE providers SET is_active = false")
        assert listed(ask(shop)) == listed(ask(shop)) == FREE
        connection.commit()
        assert listed(ask(shop)) == []


def test_everybody_has_answers_of_their_own(shop: Shop, apis: Apis) -> None:
    other = apis.sign_up()
    for client, status in (
        (shop.availability, 200),
        (other.availability, 404),
        (apis.availability, 401),
        (shop.availability.with_token("nobody's"), 401),
    ):
        for _ in range(3):
            assert ask(shop, client=client).status_code == status
    assert ask(shop, {"Sloty-Tenant": other.tenant["slug"]}).status_code == 403


def test_whoever_is_let_in_no_more_gets_nothing(shop: Shop, apis: Apis) -> None:
    key = shop.booking.post("/v1/api-keys", {"name": "till", "role": "STAFF"})
    log_in = {"email": shop.user["email"], "password": PASSWORD}
    session = apis.booking.post("/v1/auth/login", log_in, status=200)["token"]
    for token, method, path in (
        (key["key"], "DELETE", f"/v1/api-keys/{key['id']}"),
        (session, "POST", "/v1/auth/logout"),
    ):
        client = apis.availability.with_token(token)
        assert listed(ask(shop, client=client)) == listed(ask(shop, client=client)) == FREE
        sender = apis.booking.with_token(session)
        assert sender.send(method, path).is_success
        assert ask(shop, client=client).status_code == 401


def test_time_goes_on(shop: Shop, clock: Clock) -> None:
    """Nothing is committed meanwhile, and what is too late by now is free no more."""
    clock.now = datetime.fromisoformat(NINE) - timedelta(seconds=1)
    for moment, free in ((0, FREE), (1, FREE), (1, FREE[1:]), (3600, FREE[2:])):
        clock.pass_by(timedelta(seconds=moment))
        if moment:
            clock.now += timedelta(microseconds=free != FREE)
        assert listed(ask(shop)) == free


def test_big_answers_are_not_kept(database: DatabaseUrls, broker: ScratchBroker) -> None:
    for most, is_kept in ((2048 + 100, False), (100_000, True), (0, False)):
        settings = settings_of(database.app_url, broker.url, answers_kept_bytes=most)
        with in_process(settings) as apis:
            shop = open_shop(apis)
            assert is_given_again(shop, partial(ask, shop)) is is_kept


def test_calls_are_counted_all_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = RateLimits(enabled=True)
    monkeypatch.setattr(app_of(shop.availability).state.runtime, "rate_limits", limits)
    monkeypatch.setattr(rate_limits, "EVERY_ROUTE", RateLimitItemPerMinute(10))
    answers = [ask(shop) for _ in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) > 0


def test_lists_go_on_where_the_look_is_cut(shop: Shop, apis_database: DatabaseUrls) -> None:
    assert is_given_again(shop, lambda: ask(shop))
    with psycopg.connect(apis_database.superuser_url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [looking(connection)])
    assert listed(ask(shop)) == FREE
    assert is_given_again(shop, lambda: ask(shop))


def test_lists_go_on_where_the_look_is_silent(shop: Shop, apis_database: DatabaseUrls) -> None:
    assert is_given_again(shop, lambda: ask(shop))
    with psycopg.connect(apis_database.superuser_url, autocommit=True) as connection:
        silent = looking(connection)
    os.kill(silent, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert [listed(ask(shop)) for _ in range(3)] == [FREE] * 3
        assert time.monotonic() - began < 3 * (LOOK_SECONDS + 2)
    finally:
        os.kill(silent, signal.SIGCONT)
    assert is_given_again(shop, lambda: ask(shop))


def looking(connection: psycopg.Connection) -> int:
    """The process of PostgreSQL that the looks of this database's one API are answered by."""
    found = connection.execute(LOOKING).fetchall()
    assert len(found) == 1
    return int(found[0][0])


def test_taken_slot_is_listed_by_no_process(
    database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> None:
    """Everybody asks without a pause, of two processes, while one slot after another is booked."""
    where = (database.app_url, broker.url, tmp_path)
    with ExitStack() as stack:
        apis = stack.enter_context(in_process(settings_of(database.app_url, broker.url)))
        two = [stack.enter_context(api_process("sloty_availability", *where)) for _ in range(2)]
        apis.clock.now = datetime.now(UTC)
        shop = open_shop(apis, timezone="UTC", service={"duration": 15})
        shop.open_daily(shop.provider, "00:00", "24:00")
        told = watch_while_booking(shop, [api.url for api in two])
    assert len(told) > SLOTS
    assert [wrong for wrong in told if wrong] == []


def watch_while_booking(shop: Shop, urls: Sequence[str]) -> list[set[str]]:
    """For each list that was answered, what it shows of what was booked before it was asked for."""
    day = (datetime.now(UTC) + timedelta(days=7)).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [(day + timedelta(minutes=15) * slot).isoformat() for slot in range(SLOTS)]
    query = f"serviceId={shop.service['id']}&from={day.date()}&to={day.date()}&timezone=UTC"
    booked: set[str] = set()
    told: list[set[str]] = []
    over = threading.Event()

    def watch(url: str) -> None:
        connection = OpenConnection(url, shop.availability.token)
        while not over.is_set():
            before = set(booked)
            _, answer = connection.send("GET", f"/v1/slots?{query}")
            told.append(before & {slot["startTime"] for slot in answer["items"]})
        connection.close()

    with ThreadPoolExecutor(WATCHERS) as watchers:
        watching = [watchers.submit(watch, urls[place % len(urls)]) for place in range(WATCHERS)]
        try:
            for start in starts:
                shop.book(start)
                booked.add(start.replace("+00:00", "Z"))
        finally:
            over.set()
    for each in watching:
        each.result()
    return told
