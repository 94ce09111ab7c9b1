"""A time that cannot be booked: the first rule that refuses it, and what is free instead."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.api_clients import NOW, Apis, Clock, Shop, answered, open_shop

from sloty_deploy.scratch import DatabaseUrls

NINE = "2027-03-23T09:00:00+01:00"
TEN = "2027-03-23T10:00:00+01:00"
NIGHT = "2027-03-23T03:00:00+01:00"


def book_offered(shop: Shop, problem: Any) -> None:
    """Whatever a refusal offers instead can really be booked."""
    assert problem["nextSlots"]
    for offered in problem["nextSlots"]:
        assert set(offered) == {"startTime", "endTime", "providerId", "locationId"}
        place = {name: offered[name] for name in ("providerId", "locationId")}
        booked = shop.book(offered["startTime"], **place)
        assert booked["endTime"] == offered["endTime"]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("services", "is_active = false"),
        ("providers", "is_active = false"),
        ("locations", "status = 'INACTIVE'"),
        ("locations", "status = 'MAINTENANCE'"),
    ],
)
def test_inactive_is_refused_before_anything_else(
    shop: Shop, apis_database: DatabaseUrls, table: str, change: str
) -> None:
    with psycopg.connect(apis_database.owner_url) as connection:
        connection.execute(
            f"UPDATE {table} SET {change} WHERE tenant_id = %s",
            (shop.tenant["id"],),
        )
    for start in (NINE, NIGHT, "2027-03-01T00:00:00Z"):
        problem = shop.refused(start, 422, "inactive")
        assert (problem["rule"], problem["nextSlots"]) == ("inactive", [])
    shop.refused(NINE, 422, "inactive", ignoreAvailability=True)
    shop.refused(NINE, 422, "inactive", providerId=None)


def test_past_is_too_soon(shop: Shop) -> None:
    for start in ("2027-03-21T09:00:00+01:00", "1970-01-01T00:00:00Z", "2027-03-22T06:59:59Z"):
        problem = shop.refused(start, 422, "too_soon")
        assert problem["earliest"] == "2027-03-22T07:00:00Z"
    book_offered(shop, problem)


def test_too_soon_comes_before_closed(apis: Apis) -> None:
    shop = open_shop(apis, service={"minAdvanceBooking": 27})
    problem = shop.refused("2027-03-23T09:30:00+01:00", 422, "too_soon")
    assert problem["rule"] == "too_soon"
    assert problem["earliest"] == "2027-03-23T10:00:00Z"
    shop.refused(NIGHT, 422, "too_soon")
    assert [slot["startTime"] for slot in problem["nextSlots"]][:2] == [
        "2027-03-23T10:00:00Z",
        "2027-03-24T08:00:00Z",
    ]
    book_offered(shop, problem)


def test_alternatives_respect_a_long_notice(apis: Apis) -> None:
    shop = open_shop(apis, service={"minAdvanceBooking": 40 * 24})
    problem = shop.refused(NINE, 422, "too_soon")
    assert problem["nextSlots"][0]["startTime"] == "2027-05-01T07:00:00Z"
    book_offered(shop, problem)


def test_notice_runs_to_the_second(apis: Apis, clock: Clock) -> None:
    shop = open_shop(apis, service={"minAdvanceBooking": 1})
    clock.now = NOW + timedelta(microseconds=1)
    shop.refused("2027-03-22T09:00:00+01:00", 422, "too_soon")
    clock.now = NOW
    shop.book("2027-03-22T09:00:00+01:00")


def test_too_far_comes_before_closed(apis: Apis) -> None:
    shop = open_shop(apis, service={"maxAdvanceBooking": 2})
    shop.book("2027-03-24T11:00:00+01:00")
    for start in ("2027-03-25T09:00:00+01:00", "2027-03-25T00:00:00+01:00"):
        problem = shop.refused(start, 422, "too_far")
        assert (problem["rule"], problem["lastDate"]) == ("too_far", "2027-03-24")
    shop.refused("2027-03-24T23:59:00+01:00", 422, "outside_availability")
    shop.refused("2200-12-31T23:59:59Z", 422, "too_far")


@pytest.mark.parametrize(
    "start",
    [NIGHT, "2027-03-23T12:00:00+01:00", "2027-03-23T11:01:00+01:00", "2200-01-01T00:00:00Z"],
)
def test_closed_time_is_refused(shop: Shop, start: str) -> None:
    problem = shop.refused(start, 422, "outside_availability")
    assert problem["rule"] == "outside_availability"
    book_offered(shop, problem)


def test_blocked_time_is_refused(shop: Shop) -> None:
    block = {"date": "2027-03-23", "startTime": "10:30", "endTime": "10:40", "type": "MEETING"}
    shop.add_override(shop.provider, **block)
    problem = shop.refused(TEN, 422, "outside_availability")
    assert [slot["startTime"] for slot in problem["nextSlots"]][:2] == [
        "2027-03-23T10:00:00Z",
        "2027-03-24T08:00:00Z",
    ]
    book_offered(shop, problem)


@pytest.mark.parametrize(
    "start",
    ["2027-03-23T09:30:00+01:00", "2027-03-23T09:00:01+01:00", "2027-03-23T09:00:00.000001+01:00"],
)
def test_open_time_off_the_grid_is_no_slot(shop: Shop, start: str) -> None:
    problem = shop.refused(start, 422, "not_a_slot")
    assert problem["nextSlots"][0]["startTime"] == "2027-03-23T09:00:00Z"
    book_offered(shop, problem)


def test_taken_time_is_a_conflict(shop: Shop) -> None:
    shop.book(NINE)
    problem = shop.refused(NINE, 409, "slot_unavailable")
    assert problem["rule"] == "slot_unavailable"
    assert problem["nextSlots"][0]["startTime"] == "2027-03-23T09:00:00Z"
    book_offered(shop, problem)


def test_buffer_keeps_the_next_time(apis: Apis) -> None:
    shop = open_shop(apis, service={"bufferTime": 5})
    shop.book(TEN)
    assert shop.starts("2027-03-23") == []
    shop.refused(NINE, 409, "slot_unavailable")
    shop.refused("2027-03-23T11:00:00+01:00", 409, "slot_unavailable")


def test_earlier_rules_win_over_taken(shop: Shop) -> None:
    shop.book(NIGHT, ignoreAvailability=True)
    shop.refused(NIGHT, 422, "outside_availability")
    shop.book("2027-03-23T09:30:00+01:00", ignoreAvailability=True)
    shop.refused("2027-03-23T09:45:00+01:00", 422, "not_a_slot")


def test_nearest_provider_gives_the_reason(shop: Shop) -> None:
    closed = shop.add_provider(shop.location, hours=("20:00", "21:00"))["id"]
    shop.refused(NINE, 422, "outside_availability", providerId=closed)
    shop.book(NINE)
    problem = shop.refused(NINE, 409, "slot_unavailable", providerId=None)
    assert {slot["providerId"] for slot in problem["nextSlots"]} == {shop.provider["id"], closed}


def test_service_that_nobody_gives_is_not_available(shop: Shop) -> None:
    other = shop.add_service(name="Other")
    services = f"/v1/providers/{shop.provider['id']}/services"
    only = {"serviceIds": [other["id"]]}
    assert shop.booking.send("PUT", services, json=only).json() == only
    for provider in (shop.provider["id"], None):
        problem = shop.refused(NINE, 422, "outside_availability", providerId=provider)
        assert problem["nextSlots"] == []
    elsewhere = shop.add_location()["id"]
    shop.refused(NINE, 422, "outside_availability", locationId=elsewhere)
    assert shop.booking.send("PUT", services, json={"serviceIds": []}).json() == {"serviceIds": []}
    shop.book(NINE)


def test_unknown_service_provider_location_and_customer_are_not_found(shop: Shop) -> None:
    nothing = "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"
    for name in ("serviceId", "providerId", "locationId"):
        shop.refused(NINE, 404, "not_found", **{name: nothing})
    shop.refused(NINE, 404, "not_found", customer=None, customerId=nothing)


def test_all_bad_fields_of_a_booking_are_named_at_once(shop: Shop) -> None:
    body = {
        "serviceId": "x",
        "providerId": 1,
        "customer": {"firstName": "", "email": "nobody", "locale": "xx-yy-zz", "extra": 1},
        "startTime": "2027-03-23T09:00:00",
        "timezone": "Mars/Olympus",
        "title": "a\u0000",
        "status": "CONFIRMED",
        "ignoreAvailability": "yes",
    }
    answer = shop.booking.send("POST", "/v1/appointments", json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answered(answer, 422)
    assert {error["pointer"] for error in problem["errors"]} == {
        *("/serviceId", "/providerId", "/startTime", "/timezone", "/title", "/status"),
        *("/ignoreAvailability", "/customer/firstName", "/customer/lastName", "/customer/email"),
        *("/customer/locale", "/customer/extra"),
    }
    assert all(error["detail"] for error in problem["errors"])
