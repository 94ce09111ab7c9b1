"""What a confirmation code lets its holder see and do, and nobody else."""

import pytest
from tests.api_clients import Client, Shop, answered, in_process, settings_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .bookings import (
    ELEVEN,
    NINE,
    TEN,
    actions_on,
    change_rows,
    kinds,
    move,
    public_path,
    reread,
    rows,
)
from .people import at_address

UNKNOWN = (
    "0" * 20,
    "x",
    "appointment",
    "%00",
    "%F0%9F%92%A9",
    "%ED%A0%80",
    "a" * 3000,
    "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17",
)


def test_code_shows_the_appointment_and_no_internals(shop: Shop, anybody: Client) -> None:
    booked = shop.book(NINE, internalNotes="Pays late", notes="Knee")
    seen = anybody.get(public_path(booked["confirmationCode"]))
    assert seen["confirmationCode"] == booked["confirmationCode"]
    assert (seen["startTime"], seen["status"]) == (booked["startTime"], "SCHEDULED")
    assert (seen["notes"], seen["service"]["name"]) == ("Knee", shop.service["name"])
    assert seen["provider"]["name"] == "Mary Jackson"
    assert seen["location"]["address"] == shop.location["address"]
    text = str(seen)
    for secret in ("Pays late", "internalNotes", shop.user["id"], shop.provider["user"]["email"]):
        assert secret not in text


def test_online_appointment_shows_no_address(anybody: Client, shop: Shop) -> None:
    online = shop.add_service(name="Call", isOnline=True)
    booked = shop.book(NINE, serviceId=online["id"])
    assert anybody.get(public_path(booked["confirmationCode"]))["location"] is None


@pytest.mark.parametrize("code", UNKNOWN)
def test_unknown_code_is_not_found(anybody: Client, code: str) -> None:
    for method, action in (("GET", ""), ("GET", "calendar.ics"), ("POST", "confirm")):
        anybody.refused(method, public_path(code, action), 404, "not_found")
    for action, sent in (("cancel", {}), ("reschedule", {"startTime": NINE})):
        anybody.refused("POST", public_path(code, action), 404, "not_found", json=sent)


def test_code_confirms_cancels_and_tells(shop: Shop, anybody: Client) -> None:
    booked = shop.book(NINE)
    code = booked["confirmationCode"]
    assert anybody.post(public_path(code, "confirm"), status=200)["status"] == "CONFIRMED"
    anybody.refused("POST", public_path(code, "confirm"), 409, "invalid_transition")
    reason = {"reason": "ill"}
    cancelled = anybody.post(public_path(code, "cancel"), reason, status=200)
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("CANCELLED", "ill")
    anybody.refused("POST", public_path(code, "cancel"), 409, "invalid_transition")
    assert kinds(shop, booked) == ["BOOKED", "CANCELLED"]
    assert NINE in shop.starts("2027-03-23")


def test_code_moves_to_offered_slots_only(shop: Shop, anybody: Client) -> None:
    booked = shop.book(NINE)
    path = public_path(booked["confirmationCode"], "reschedule")
    body = {"startTime": "2027-03-23T03:00:00+01:00"}
    anybody.refused("POST", path, 422, "outside_availability", json=body)
    staff_only = body | {"ignoreAvailability": True}
    anybody.refused("POST", path, 422, "validation_failed", json=staff_only)
    answer = anybody.send("POST", path, json={"startTime": TEN})
    moved = answered(answer, 201)
    assert moved["startTime"] == "2027-03-23T09:00:00Z"
    assert answer.headers["location"] == public_path(moved["confirmationCode"])
    assert reread(shop, booked)["rescheduledToId"] == moved["id"]


def test_every_earlier_code_leads_to_the_newest(shop: Shop, anybody: Client) -> None:
    line = [shop.book(NINE)]
    for start in (TEN, ELEVEN, "2027-03-24T09:00:00+01:00"):
        line.append(move(shop.booking, line[-1], start))
    codes = [each["confirmationCode"] for each in line]
    seen = [anybody.get(public_path(code)) for code in codes]
    assert [each["id"] for each in seen] == [line[-1]["id"]] * 4
    assert {each["confirmationCode"] for each in seen} == {codes[-1]}
    assert anybody.post(public_path(codes[0], "confirm"), status=200)["id"] == line[-1]["id"]
    moved = anybody.post(public_path(codes[1], "reschedule"), {"startTime": NINE})
    assert moved["startTime"] == "2027-03-23T08:00:00Z"
    assert anybody.post(public_path(codes[2], "cancel"), status=200)["status"] == "CANCELLED"
    assert anybody.get(public_path(moved["confirmationCode"]))["status"] == "CANCELLED"


def test_what_anybody_does_is_audited_as_public(
    shop: Shop, anybody: Client, apis_database: DatabaseUrls
) -> None:
    booked = shop.book(NINE)
    anybody.post(public_path(booked["confirmationCode"], "cancel"), status=200)
    assert actions_on(apis_database, booked)[-1] == "appointment.cancelled"
    query = "SELECT actor_type FROM audit_events WHERE entity_id = %s ORDER BY id"
    actors = [row["actor_type"] for row in rows(apis_database, query, booked["id"])]
    assert actors == ["USER", "PUBLIC"]


def test_code_of_a_suspended_business_opens_nothing(
    shop: Shop, anybody: Client, apis_database: DatabaseUrls
) -> None:
    code = shop.book(NINE)["confirmationCode"]
    suspend = "UPDATE tenants SET status = 'SUSPENDED' WHERE id = %s"
    change_rows(apis_database, suspend, shop.tenant["id"])
    anybody.refused("GET", public_path(code), 403, "tenant_suspended")
    anybody.refused("POST", public_path(code, "cancel"), 403, "tenant_suspended")


def test_unpaid_business_is_cancelled_with_but_not_moved(
    shop: Shop, anybody: Client, apis_database: DatabaseUrls
) -> None:
    code = shop.book(NINE)["confirmationCode"]
    unpaid = "UPDATE tenants SET subscription_status = 'PAST_DUE' WHERE id = %s"
    change_rows(apis_database, unpaid, shop.tenant["id"])
    path, body = public_path(code, "reschedule"), {"startTime": TEN}
    anybody.refused("POST", path, 402, "subscription_required", json=body)
    assert anybody.get(public_path(code))["status"] == "SCHEDULED"
    assert anybody.post(public_path(code, "cancel"), status=200)["status"] == "CANCELLED"


def test_guessing_codes_ends_soon(apis_database: DatabaseUrls, apis_broker: ScratchBroker) -> None:
    settings = settings_of(apis_database.app_url, apis_broker.url)
    with in_process(settings.model_copy(update={"rate_limit": "on"})) as limited:
        for method, action, allowed in (
            ("GET", "", 60),
            ("GET", "calendar.ics", 60),
            ("POST", "confirm", 20),
            ("POST", "cancel", 20),
            ("POST", "reschedule", 20),
        ):
            body = {"startTime": NINE} if action == "reschedule" else None
            guesses = [
                limited.booking.send(method, public_path(f"{place:020}", action), json=body)
                for place in range(allowed + 5)
            ]
            statuses = [guess.status_code for guess in guesses]
            assert statuses == [404] * allowed + [429] * 5
            assert int(guesses[-1].headers["retry-after"]) > 0
        elsewhere = at_address(limited.booking, "198.51.100.7")
        assert elsewhere.send("GET", public_path("0" * 20)).status_code == 404
