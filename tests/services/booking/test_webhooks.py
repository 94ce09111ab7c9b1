"""Webhooks as their owners see them: made, changed, tried, and told of appointments."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, open_shop

from .bookings import NINE, TEN, act, move, path_of

ALL = [f"appointment.{what}" for what in ("booked", "confirmed", "cancelled", "rescheduled")]
HOOK = {"url": "https://hooks.example.com/sloty", "events": ALL}


def add(shop: Shop, **changes: Any) -> Any:
    return shop.booking.post("/v1/webhooks", HOOK | changes)


def deliveries(shop: Shop, webhook: Any, **query: Any) -> list[Any]:
    found: list[Any] = shop.booking.get(f"/v1/webhooks/{webhook['id']}/deliveries", **query)[
        "items"
    ]
    return found


def told(shop: Shop, webhook: Any) -> list[str]:
    return [each["kind"] for each in reversed(deliveries(shop, webhook))]


def test_secret_is_shown_once(shop: Shop) -> None:
    made = add(shop)
    assert made["secret"].startswith("whsec_")
    assert made["events"] == ALL
    read = shop.booking.get(f"/v1/webhooks/{made['id']}")
    assert read == {name: value for name, value in made.items() if name != "secret"}
    assert shop.booking.get("/v1/webhooks")["items"] == [read]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://localhost/",
        "http://a.localhost./",
        "http://10.0.0.1/",
        "http://[::1]:9/",
        "http://[::ffff:192.168.1.1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://2130706433/",
    ],
)
def test_private_address_is_refused(shop: Shop, url: str) -> None:
    problem = shop.booking.refused(
        "POST", "/v1/webhooks", 422, "validation_failed", json=HOOK | {"url": url}
    )
    assert problem["errors"][0]["pointer"] == "/url"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://hooks.example.com"},
        {"url": "https://user:password@hooks.example.com"},
        {"events": []},
        {"events": ["appointment.eaten"]},
        {"events": ["appointment.booked", "appointment.booked"]},
    ],
)
def test_bad_webhook_is_refused(shop: Shop, changes: Any) -> None:
    shop.booking.refused("POST", "/v1/webhooks", 422, "validation_failed", json=HOOK | changes)


def test_webhook_is_told_of_a_whole_life(shop: Shop) -> None:
    webhook, deaf = add(shop), add(shop, events=["appointment.reminder"])
    booked = shop.book(NINE)
    act(shop.booking, booked, "confirm")
    moved = move(shop.booking, booked, TEN)
    act(shop.booking, moved, "cancel")
    assert told(shop, webhook) == ["BOOKED", "CONFIRMED", "RESCHEDULED", "CANCELLED"]
    assert told(shop, deaf) == []


def test_webhook_switched_off_is_told_nothing(shop: Shop) -> None:
    webhook = add(shop)
    path = f"/v1/webhooks/{webhook['id']}"
    assert shop.booking.send("PATCH", path, json={"isActive": False}).json()["isActive"] is False
    shop.book(NINE)
    assert told(shop, webhook) == []


def test_webhook_of_another_shop_is_told_nothing(shop: Shop, apis: Apis) -> None:
    other_shop = open_shop(apis)
    webhook = add(other_shop)
    shop.book(NINE)
    assert told(other_shop, webhook) == []


def test_trying_a_webhook_owes_it_a_call(shop: Shop) -> None:
    webhook = add(shop)
    tried = shop.booking.post(f"/v1/webhooks/{webhook['id']}/test", status=200)
    assert (tried["kind"], tried["channel"], tried["status"]) == ("TEST", "WEBHOOK", "PENDING")
    assert deliveries(shop, webhook, status="PENDING") == [tried]
    path = f"/v1/webhooks/{webhook['id']}/deliveries/{tried['id']}/replay"
    shop.booking.refused("POST", path, 409, "still_owed")


def test_change_asks_for_the_version_that_was_read(shop: Shop) -> None:
    webhook = add(shop)
    path = f"/v1/webhooks/{webhook['id']}"
    stale = {"If-Match": '"7"'}
    for method in ("PATCH", "DELETE"):
        body = {"json": {"isActive": False}} if method == "PATCH" else {}
        shop.booking.refused(method, path, 412, "version_conflict", headers=stale, **body)
    assert shop.booking.send("DELETE", path).status_code == 204
    shop.booking.refused("GET", path, 404, "not_found")


def test_events_of_an_appointment_stand_in_its_timeline(shop: Shop) -> None:
    webhook = add(shop)
    booked = shop.book(NINE)
    items = shop.booking.get(path_of(booked, "notifications"))["items"]
    owed = [(item["kind"], item["channel"]) for item in items if item["status"] == "PENDING"]
    assert sorted(owed) == [("BOOKED", "EMAIL"), ("BOOKED", "WEBHOOK")]
    assert {item["recipient"] for item in items if item["channel"] == "WEBHOOK"} == {webhook["id"]}
