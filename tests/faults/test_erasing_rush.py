"""A person erased while others book for them: whatever came first, the last erasure leaves nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import choice
from typing import Any

import psycopg
import pytest
from tests.api_clients import Shop, customer, in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, api_process, in_threads

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

CALLS = 12


@dataclass
class Counter:
    """Where clients book for customers and erase them."""

    process: ApiProcess
    shop: Shop
    starts: list[str]

    def add(self) -> Any:
        with self.process.client(self.shop.booking.token) as client:
            return client.post("/v1/customers", customer(lastName="Trace"))

    def erase(self, who: Any) -> int:
        body = {"cancelAppointments": True}
        return self._post(f"/v1/customers/{who['id']}/erase", body)

    def book(self, who: Any) -> int:
        asked = {"customer": None, "customerId": who["id"], "notes": "trace"}
        return self._post("/v1/appointments", self.shop.request(choice(self.starts), **asked))

    def statuses_left(self, who: Any) -> set[str]:
        with self.process.client(self.shop.booking.token) as client:
            left = client.get("/v1/appointments", customerId=who["id"])["items"]
        return {each["status"] for each in left}

    def _post(self, path: str, body: Any) -> int:
        with self.process.client(self.shop.booking.token) as client:
            return client.send("POST", path, json=body).status_code


@pytest.fixture
def counter(database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path) -> Iterator[Counter]:
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        shop = open_shop(apis)
        starts = shop.starts("2027-03-23", "2027-04-10")
    with api_process("sloty_booking", database.app_url, broker.url, tmp_path) as process:
        yield Counter(process, shop, starts)


@pytest.mark.timeout(1800)
def test_bookings_meanwhile_leave_no_trace(
    counter: Counter,
    database: DatabaseUrls,
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> None:
    for _ in range(30 if long_run else 3):
        assert_no_trace(counter, database)


def assert_no_trace(counter: Counter, database: DatabaseUrls) -> None:
    who = counter.add()
    statuses = []

    def call(place: int) -> None:
        act = counter.erase if place % 4 == 0 else counter.book
        statuses.append(act(who))

    in_threads(call, CALLS)
    assert {200, 201} <= set(statuses) <= {200, 201, 409}
    assert counter.erase(who) == 200
    assert counter.statuses_left(who) == {"CANCELLED"}
    assert traces(database, who) == 0


def traces(database: DatabaseUrls, who: Any) -> int:
    """Rows that still tell of the person."""
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(
            "SELECT (SELECT count(*) FROM customers c WHERE c::text LIKE '%%Trace%%')"
            " + (SELECT count(*) FROM appointments a WHERE a.notes IS NOT NULL"
            "    AND a.customer_id = %(id)s)"
            " + (SELECT count(*) FROM audit_events e WHERE e::text LIKE '%%race%%'"
            "    OR e::text LIKE %(email)s)"
            " + (SELECT count(*) FROM notifications n WHERE n::text LIKE %(email)s)",
            {"id": who["id"], "email": f"%{who['email']}%"},
        ).fetchone()
    assert row is not None
    return int(row[0])
