"""Changing and deleting locations, providers, services and customers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.api_clients import Apis, Client, Shop, answered, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

NINE = "2027-03-23T09:00:00+01:00"
KINDS = ["locations", "providers", "services", "customers"]
CHANGES: dict[str, dict[str, Any]] = {
    "locations": {
        "name": "Harbour",
        "address": "2 Quay",
        "city": "Hamburg",
        "state": "HH",
        "zipCode": "20457",
        "country": "DE",
        "phone": "+49 40 123456",
        "email": "harbour@physio.example",
        "latitude": 53.5,
        "longitude": 10,
        "businessHours": {"mon": [["09:00", "17:00"]]},
        "timezone": "Europe/Vienna",
        "status": "MAINTENANCE",
    },
    "providers": {
        "title": "Dr.",
        "specialties": ["Knees"],
        "bio": "Twenty years\nof knees.",
        "credentials": [{"degree": "MD"}],
        "settings": {"colour": "green"},
        "isActive": False,
    },
    "services": {
        "name": "Long massage",
        "description": "All of you.",
        "category": "Massage",
        "duration": 90,
        "bufferTime": 10,
        "price": "49.50",
        "currency": "EUR",
        "maxAdvanceBooking": 30,
        "minAdvanceBooking": 2,
        "requiresApproval": True,
        "isActive": False,
        "isOnline": True,
        "capacity": 1000,
    },
    "customers": {
        "firstName": "Rear Admiral",
        "lastName": "Murray",
        "email": "amazing@navy.example",
        "phone": "+1 212 5550100",
        "dateOfBirth": "1906-12-09",
        "gender": "female",
        "address": {"city": "Arlington"},
        "timezone": "America/New_York",
        "locale": "en-US",
        "preferences": {"sms": True},
    },
}
EMPTIED: dict[str, Any] = {
    "locations": ["state", "zipCode", "phone", "email", "latitude", "longitude"],
    "providers": ["title", "bio"],
    "services": ["description", "category", "price", "maxAdvanceBooking"],
    "customers": ["phone", "dateOfBirth", "gender", "address"],
}
WRONG: dict[str, dict[str, Any]] = {
    "locations": {"latitude": 91, "timezone": "Mars/Olympus", "status": "OPEN", "name": ""},
    "providers": {"title": 1, "isActive": "yes", "locationId": "x", "userId": str(uuid4())},
    "services": {"capacity": 0, "duration": 0, "price": "-1", "currency": "XXX", "isActive": 1},
    "customers": {"email": "a@b", "dateOfBirth": "1906-02-30", "locale": "?", "firstName": " "},
}


def made(shop: Shop, kind: str) -> Any:
    """One of this kind that nothing refers to."""
    match kind:
        case "locations":
            return shop.add_location()
        case "providers":
            return shop.add_provider(shop.location, hours=None)
        case "services":
            return shop.add_service()
    return shop.booking.post("/v1/customers", customer())


def change(api: Client, address: str, body: Any, **headers: str) -> Any:
    return answered(api.send("PATCH", address, json=body, headers=headers), 200)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_can_be_changed(shop: Shop, kind: str) -> None:
    row = made(shop, kind)
    address = f"/v1/{kind}/{row['id']}"
    changes = CHANGES[kind]
    if kind == "providers":
        changes = changes | {"locationId": shop.add_location()["id"]}
    changed = change(shop.booking, address, changes)
    assert changed == row | changes | {"updatedAt": changed["updatedAt"]}
    assert shop.booking.get(address) == changed


@pytest.mark.parametrize("kind", KINDS)
def test_null_leaves_and_empty_text_clears(shop: Shop, kind: str) -> None:
    row = made(shop, kind)
    address = f"/v1/{kind}/{row['id']}"
    changed = change(shop.booking, address, CHANGES[kind])
    assert change(shop.booking, address, dict.fromkeys(CHANGES[kind])) == changed
    emptied = change(shop.booking, address, dict.fromkeys(EMPTIED[kind], ""))
    assert emptied == changed | dict.fromkeys(EMPTIED[kind]) | {"updatedAt": emptied["updatedAt"]}


@pytest.mark.parametrize("kind", KINDS)
def test_each_wrong_field_of_a_change_is_named(shop: Shop, kind: str) -> None:
    address = f"/v1/{kind}/{made(shop, kind)['id']}"
    body = WRONG[kind] | {"tenantId": str(uuid4()), "id": str(uuid4())}
    problem = shop.booking.refused("PATCH", address, 422, "validation_failed", json=body)
    assert {error["pointer"] for error in problem["errors"]} == {f"/{name}" for name in body}


@pytest.mark.parametrize("kind", KINDS)
def test_change_of_nothing_is_no_change(shop: Shop, kind: str) -> None:
    address = f"/v1/{kind}/{made(shop, kind)['id']}"
    before = shop.booking.send("GET", address)
    same = {name: value for name, value in before.json().items() if name in CHANGES[kind]}
    for body in ({}, same):
        after = shop.booking.send("PATCH", address, json=body)
        assert answered(after, 200) == before.json()
        assert after.headers["etag"] == before.headers["etag"]


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("kind", KINDS)
def test_stale_version_is_refused(shop: Shop, kind: str, method: str) -> None:
    address = f"/v1/{kind}/{made(shop, kind)['id']}"
    etag = shop.booking.send("GET", address).headers["etag"]
    known = {"If-Match": etag}
    change(shop.booking, address, CHANGES[kind], **known)
    for stale in (etag, '"0"', "W/" + etag, "x"):
        shop.booking.refused(
            method, address, 412, "version_conflict", json={}, headers={"If-Match": stale}
        )
    fresh = {"If-Match": shop.booking.send("GET", address).headers["etag"]}
    assert shop.booking.send(method, address, json={}, headers=fresh).is_success


@pytest.mark.parametrize("kind", KINDS)
def test_of_two_changes_of_one_version_one_stands(shop: Shop, kind: str) -> None:
    address = f"/v1/{kind}/{made(shop, kind)['id']}"
    known = {"If-Match": shop.booking.send("GET", address).headers["etag"]}
    bodies = [CHANGES[kind], dict.fromkeys(EMPTIED[kind], "") | {next(iter(CHANGES[kind])): "Else"}]

    def send(body: Any) -> int:
        return shop.booking.send("PATCH", address, json=body, headers=known).status_code

    with ThreadPoolExecutor(2) as threads:
        assert Counter(threads.map(send, bodies)) == {200: 1, 412: 1}


@pytest.mark.parametrize("kind", KINDS)
def test_what_nothing_refers_to_is_deleted(shop: Shop, kind: str) -> None:
    row = made(shop, kind)
    address = f"/v1/{kind}/{row['id']}"
    answer = shop.booking.send("DELETE", address)
    assert (answer.status_code, answer.content) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        shop.booking.refused(method, address, 404, "not_found", json={})
    assert row not in shop.booking.get(f"/v1/{kind}")["items"]


def test_what_appointments_refer_to_is_deactivated(shop: Shop) -> None:
    booked = shop.book(NINE)
    off = {
        "locations": {"status": "INACTIVE"},
        "providers": {"isActive": False},
        "services": {"isActive": False},
    }
    rows = {"locations": shop.location, "providers": shop.provider, "services": shop.service}
    for kind, row in rows.items():
        for _again in range(2):
            assert shop.booking.send("DELETE", f"/v1/{kind}/{row['id']}").status_code == 204
        left = shop.booking.get(f"/v1/{kind}/{row['id']}")
        assert left == row | off[kind] | {"updatedAt": left["updatedAt"]}
    assert shop.booking.get(f"/v1/appointments/{booked['id']}") == booked
    assert shop.starts("2027-03-24") == []
    for path in ("availability", "schedule"):
        shop.availability.get(f"/v1/providers/{shop.provider['id']}/{path}")
    assert shop.availability.get(f"/v1/providers/{shop.provider['id']}/availability")["items"]


def test_location_with_providers_is_deactivated(shop: Shop) -> None:
    address = f"/v1/locations/{shop.location['id']}"
    assert shop.booking.send("DELETE", address).status_code == 204
    assert shop.booking.get(address)["status"] == "INACTIVE"


def test_deleted_provider_leaves_the_user(shop: Shop) -> None:
    provider = shop.add_provider(shop.location)
    assert shop.booking.send("DELETE", f"/v1/providers/{provider['id']}").status_code == 204
    again = {"userId": provider["userId"], "locationId": shop.location["id"]}
    assert shop.booking.post("/v1/providers", again)["user"] == provider["user"]


def test_customer_with_appointments_is_kept(shop: Shop) -> None:
    address = f"/v1/customers/{shop.book(NINE)['customerId']}"
    before = shop.booking.get(address)
    shop.booking.refused("DELETE", address, 409, "in_use")
    assert shop.booking.get(address) == before


def test_address_of_another_customer_is_refused(shop: Shop) -> None:
    one, other = made(shop, "customers"), made(shop, "customers")
    for email in (other["email"], other["email"].upper()):
        shop.booking.refused(
            "PATCH", f"/v1/customers/{one['id']}", 409, "customer_exists", json={"email": email}
        )
    same = change(shop.booking, f"/v1/customers/{one['id']}", {"email": one["email"].upper()})
    assert same["email"].lower() == one["email"]


def test_foreign_rows_cannot_be_changed_or_named(apis: Apis) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    for kind in KINDS:
        foreign = made(other, kind)
        for wanted in (foreign["id"], str(uuid4())):
            for method in ("PATCH", "DELETE"):
                mine.booking.refused(
                    method, f"/v1/{kind}/{wanted}", 404, "not_found", json=CHANGES[kind]
                )
        assert other.booking.get(f"/v1/{kind}/{foreign['id']}") == foreign
    moved = {"locationId": other.location["id"]}
    own = f"/v1/providers/{mine.provider['id']}"
    mine.booking.refused("PATCH", own, 404, "not_found", json=moved)
    assert mine.booking.get(own) == mine.provider


def test_every_change_is_in_the_audit(shop: Shop, apis_database: DatabaseUrls) -> None:
    used = {"locations": shop.location, "providers": shop.provider, "services": shop.service}
    shop.book(NINE)
    for kind in KINDS:
        row, singular = made(shop, kind), kind[:-1]
        address = f"/v1/{kind}/{row['id']}"
        changed = change(shop.booking, address, CHANGES[kind])
        shop.booking.send("DELETE", address)
        created, updated, deleted = events(apis_database, row["id"])
        assert (created["action"], created["before"]) == (f"{singular}.created", None)
        assert updated["action"] == f"{singular}.changed"
        assert updated["before"] == created["after"]
        assert updated["after"]["version"] == 2
        assert (deleted["action"], deleted["after"]) == (f"{singular}.deleted", {})
        assert deleted["before"]["id"] == changed["id"]
        if kind in used:
            shop.booking.send("DELETE", f"/v1/{kind}/{used[kind]['id']}")
            last = events(apis_database, used[kind]["id"])[-1]
            assert last["action"] == f"{singular}.deactivated"
            assert last["before"] != last["after"]


def events(database: DatabaseUrls, entity_id: str) -> list[Any]:
    query = "SELECT action, before, after FROM audit_events WHERE entity_id = %s ORDER BY id"
    with psycopg.connect(database.owner_url, row_factory=dict_row) as connection:
        return connection.execute(query, [entity_id]).fetchall()
