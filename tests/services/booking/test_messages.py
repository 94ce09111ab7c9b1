"""Messages as the business and its customers see them: tried again, planned, and ended."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.api_clients import SECRET_KEY, Apis, Client, Shop, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.encryption import Encryption
from sloty_shared.models import Channel
from sloty_shared.unsubscribing import Unsubscription

from .bookings import NINE, change_settings, path_of

ENCRYPTION = Encryption(SECRET_KEY)


@pytest.fixture
def ledger(apis_database: DatabaseUrls) -> Iterator[psycopg.Connection[Any]]:
    """The database as its owner, where workers would have written."""
    with psycopg.connect(apis_database.owner_url, autocommit=True) as connection:
        yield connection


def timeline(shop: Shop, booked: Any) -> list[tuple[str, str, str]]:
    return [
        (item["kind"], item["status"], item["dueAt"])
        for item in shop.booking.get(path_of(booked, "notifications"))["items"]
    ]


def first_message(shop: Shop, booked: Any) -> Any:
    return shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"][0]


@pytest.mark.parametrize("status", ["FAILED", "SKIPPED"])
def test_settled_message_is_tried_again(
    shop: Shop, ledger: psycopg.Connection[Any], status: str
) -> None:
    message = first_message(shop, shop.book(NINE))
    path = f"/v1/notifications/{message['id']}"
    settle = "UPDATE notifications SET status = %s, attempts = 20, reason = 'No' WHERE id = %s"
    ledger.execute(settle, [status, message["id"]])
    again = shop.booking.post(f"{path}/retry", status=200)
    assert (again["status"], again["reason"], again["attempts"]) == ("PENDING", None, 20)
    assert shop.booking.get(path) == again


@pytest.mark.parametrize("status", ["PENDING", "SENDING", "SENT"])
def test_other_messages_are_not_retried(
    shop: Shop, ledger: psycopg.Connection[Any], status: str
) -> None:
    message = first_message(shop, shop.book(NINE))
    change = "UPDATE notifications SET status = %s WHERE id = %s"
    ledger.execute(change, [status, message["id"]])
    path = f"/v1/notifications/{message['id']}/retry"
    assert shop.booking.refused("POST", path, 409, "not_retryable")["currentStatus"] == status


def test_timeline_tells_what_is_planned(shop: Shop) -> None:
    booked = shop.book(NINE)
    assert timeline(shop, booked) == [
        ("BOOKED", "PENDING", "2027-03-22T07:00:00Z"),
        ("REMINDER", "PLANNED", "2027-03-22T08:00:00Z"),
        ("REMINDER", "PLANNED", "2027-03-23T07:00:00Z"),
    ]


def test_quiet_hours_move_what_is_planned(shop: Shop) -> None:
    booked = shop.book(NINE)
    change_settings(shop, quietHours={"start": "21:00", "end": "08:30"})
    assert timeline(shop, booked)[1:] == [
        ("REMINDER", "PLANNED", "2027-03-22T08:00:00Z"),
        ("REMINDER", "PLANNED", "2027-03-22T19:59:00Z"),
    ]


def test_timeline_follows_the_customers_own_zone(shop: Shop) -> None:
    change_settings(shop, quietHours={"start": "21:00", "end": "08:30"})
    booked = shop.book(NINE, customer=customer(timezone="Asia/Tokyo"))
    assert timeline(shop, booked)[2][2] == "2027-03-23T07:00:00Z"


def unsubscribe_path(shop: Shop, person: Any, encryption: Encryption = ENCRYPTION) -> str:
    named = Unsubscription(UUID(shop.tenant["id"]), UUID(person["id"]), Channel.EMAIL)
    return f"/v1/public/unsubscribe/{named.token(encryption)}"


def test_one_click_ends_reminders(shop: Shop, apis: Apis) -> None:
    kept = {"theme": "dark", "reminders": {"SMS": True}}
    person = shop.booking.post("/v1/customers", customer(preferences=kept))
    path = unsubscribe_path(shop, person)
    click = {"data": {"List-Unsubscribe": "One-Click"}}
    for _ in range(2):
        assert apis.booking.send("POST", path, **click).status_code == 200
    after = shop.booking.get(f"/v1/customers/{person['id']}")
    assert after["preferences"] == kept | {"reminders": {"SMS": True, "EMAIL": False}}


def test_opening_the_link_ends_nothing(shop: Shop, apis: Apis) -> None:
    person = shop.booking.post("/v1/customers", customer())
    page = apis.booking.send("GET", unsubscribe_path(shop, person))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<form method" in page.text
    assert shop.booking.get(f"/v1/customers/{person['id']}")["preferences"] == {}


def test_odd_preferences_do_not_stand_in_the_way(shop: Shop, apis: Apis) -> None:
    odd = customer(preferences={"reminders": "never"})
    person = shop.booking.post("/v1/customers", odd)
    assert apis.booking.send("POST", unsubscribe_path(shop, person)).status_code == 200
    after = shop.booking.get(f"/v1/customers/{person['id']}")
    assert after["preferences"] == {"reminders": {"EMAIL": False}}


def test_forged_link_is_refused(shop: Shop, apis: Apis) -> None:
    person = shop.booking.post("/v1/customers", customer())
    forged = [
        unsubscribe_path(shop, person, Encryption("another key for tests")),
        unsubscribe_path(shop, person).replace("EMAIL", "SMS"),
        unsubscribe_path(shop, person)[:-1],
        "/v1/public/unsubscribe/EMAIL..",
        "/v1/public/unsubscribe/%F0%9F%92%A3",
    ]
    for path in forged:
        for method in ("GET", "POST"):
            assert refused(apis.booking, method, path) == "not_found"
    assert refused(apis.booking, "POST", unsubscribe_path(open_shop(apis), person)) == "not_found"
    assert shop.booking.get(f"/v1/customers/{person['id']}")["preferences"] == {}


def refused(api: Client, method: str, path: str) -> str:
    answer = api.send(method, path)
    assert answer.status_code == 404, (path, answer.text)
    return str(answer.json()["code"])
