"""A person erased while others book for them: whatever came first, the last erasure leaves nothing."""

import random
from pathlib import Path
from typing import Any

import psycopg
from tests.api_clients import customer, in_process, open_shop, settings_of
from tests.api_processes import api_process, in_threads

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

BOOKINGS = 12


def test_bookings_meanwhile_leave_no_trace(
    database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> None:
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        shop = open_shop(apis)
        starts = shop.starts("2027-03-23", "2027-04-10")
    with api_process("sloty_booking", database.app_url, broker.url, tmp_path) as process:
        for _ in range(3):
            with process.client(shop.booking.token) as client:
                who = client.post("/v1/customers", customer(lastName="Trace"))
            statuses: list[int] = []

            def call(place: int, who: Any = who, into: list[int] = statuses) -> None:
                with process.client(shop.booking.token) as client:
                    if place % 4 == 0:
                        path, body = (
                            f"/v1/customers/{who['id']}/erase",
                            {"cancelAppointments": True},
                        )
                    else:
                        start = random.choice(starts)
                        asked = {"customer": None, "customerId": who["id"], "notes": "trace"}
                        path, body = "/v1/appointments", shop.request(start, **asked)
                    into.append(client.send("POST", path, json=body).status_code)

            in_threads(call, BOOKINGS)
            assert set(statuses) <= {200, 201, 409, 422}, statuses
            with process.client(shop.booking.token) as client:
                body = {"cancelAppointments": True}
                client.post(f"/v1/customers/{who['id']}/erase", body, status=200)
                left = client.get("/v1/appointments", customerId=who["id"])["items"]
            assert {each["status"] for each in left} <= {"CANCELLED"}
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
