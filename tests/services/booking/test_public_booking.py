"""A business's page, and booking there with no log-in."""

from typing import Any

import pytest
from tests.api_clients import Apis, Client, Shop, answered, customer, open_shop
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls

from .bookings import (
    ELEVEN,
    NINE,
    TEN,
    book_publicly,
    change_rows,
    kinds,
    public_path,
    reread,
)


def request_of(shop: Shop, start: str, **changes: Any) -> dict[str, Any]:
    return shop.request(start) | changes


def page_path(shop: Shop, rest: str = "") -> str:
    return f"/v1/public/{shop.tenant['slug']}{rest}"


def test_page_shows_what_is_active(shop: Shop, anybody: Client) -> None:
    closed = shop.add_location(name="Closed", status="MAINTENANCE")
    shop.add_provider(closed)
    shop.add_provider(shop.location, isActive=False)
    shop.add_service(name="Old", isActive=False)
    page = anybody.get(page_path(shop))
    assert (page["name"], page["slug"]) == (shop.tenant["name"], shop.tenant["slug"])
    for name, one in (
        ("services", shop.service),
        ("providers", shop.provider),
        ("locations", shop.location),
    ):
        assert [each["id"] for each in page[name]] == [one["id"]]
    assert page["providers"][0]["name"] == "Mary Jackson"
    assert shop.provider["user"]["email"] not in str(page)


def test_page_is_found_by_domain_too(shop: Shop, anybody: Client) -> None:
    domain = f"{shop.tenant['slug']}.example.com"
    answered(shop.booking.send("PATCH", "/v1/tenant", json={"domain": domain}), 200)
    for written in (domain, domain.upper()):
        assert anybody.get(f"/v1/public/{written}") == anybody.get(page_path(shop))
    body = shop.request(NINE)
    anybody.post(f"/v1/public/{domain}/appointments", body)


def test_page_costs_the_same_for_any_number(shop: Shop, apis: Apis, anybody: Client) -> None:
    large = open_shop(apis)
    for _ in range(3):
        large.add_provider(large.add_location())
        large.add_service()
    counted = []
    for business in (shop, large):
        with statements(anybody) as sent:
            anybody.get(page_path(business))
        counted.append(len(sent))
    assert counted == [5, 5]


def test_form_is_public_while_its_service_is_active(shop: Shop, anybody: Client) -> None:
    service = f"/v1/services/{shop.service['id']}"
    field = {"name": "age", "label": "Your age", "type": "NUMBER", "required": True}
    shop.booking.post(f"{service}/parameters", field)
    path = page_path(shop, f"/services/{shop.service['id']}/form")
    assert anybody.get(path) == shop.booking.get(f"{service}/form")
    answered(shop.booking.send("PATCH", service, json={"isActive": False}), 200)
    anybody.refused("GET", path, 404, "not_found")


def test_anybody_books_an_offered_slot(shop: Shop, anybody: Client) -> None:
    person = customer()
    answer = anybody.send(
        "POST", page_path(shop, "/appointments"), json=request_of(shop, NINE, customer=person)
    )
    booked = answered(answer, 201)
    assert answer.headers["location"] == public_path(booked["confirmationCode"])
    assert anybody.get(answer.headers["location"]) == booked
    assert "internalNotes" not in booked
    assert kinds(shop, booked) == ["BOOKED"]
    seen = reread(shop, booked, include="customer")
    assert (seen["bookedBy"], seen["customer"]["email"]) == (None, person["email"])
    assert shop.starts("2027-03-23") == [TEN, ELEVEN]


def test_any_free_provider_is_chosen(shop: Shop, anybody: Client) -> None:
    other = shop.add_provider(shop.location)
    path = page_path(shop, "/appointments")
    body = request_of(shop, NINE)
    del body["providerId"]
    chosen = {anybody.post(path, body)["providerId"] for _ in range(2)}
    assert chosen == {shop.provider["id"], other["id"]}
    anybody.refused("POST", path, 409, "slot_unavailable", json=body)


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        ("2027-03-23T03:00:00+01:00", 422, "outside_availability"),
        ("2027-03-23T09:30:00+01:00", 422, "not_a_slot"),
        ("2027-03-22T07:00:00+01:00", 422, "too_soon"),
    ],
)
def test_only_offered_slots_are_booked(
    shop: Shop, anybody: Client, start: str, status: int, code: str
) -> None:
    path = page_path(shop, "/appointments")
    problem = anybody.refused("POST", path, status, code, json=request_of(shop, start))
    assert problem["rule"] == code
    offered = problem["nextSlots"][0]["startTime"]
    anybody.post(path, request_of(shop, offered))


@pytest.mark.parametrize(
    "change",
    [
        {"internalNotes": "x"},
        {"ignoreAvailability": True},
        {"customerId": "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"},
        {"customer": None},
        {"status": "CONFIRMED"},
        {"participants": [{"name": "One of a crowd"}] * 11},
    ],
)
def test_what_is_for_staff_is_not_taken(shop: Shop, anybody: Client, change: Any) -> None:
    body = request_of(shop, NINE, **change)
    path = page_path(shop, "/appointments")
    anybody.refused("POST", path, 422, "validation_failed", json=body)


def test_service_of_another_business_is_not_found(shop: Shop, apis: Apis, anybody: Client) -> None:
    foreign = open_shop(apis)
    body = request_of(shop, NINE, serviceId=foreign.service["id"])
    anybody.refused("POST", page_path(shop, "/appointments"), 404, "not_found", json=body)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ("status = 'SUSPENDED'", 403, "tenant_suspended"),
        ("subscription_status = 'CANCELED'", 402, "subscription_required"),
        ("trial_ends_at = '2020-01-01'", 402, "subscription_required"),
    ],
)
def test_business_that_may_not_create_is_not_booked(
    shop: Shop,
    anybody: Client,
    apis_database: DatabaseUrls,
    change: str,
    status: int,
    code: str,
) -> None:
    change_rows(apis_database, f"UPDATE tenants SET {change} WHERE id = %s", shop.tenant["id"])
    body = request_of(shop, NINE)
    anybody.refused("POST", page_path(shop, "/appointments"), status, code, json=body)


def test_unknown_business_is_not_found(anybody: Client, shop: Shop) -> None:
    for slug in ("nobody-here", "%00", "appointments", "a" * 300):
        anybody.refused("GET", f"/v1/public/{slug}", 404, "not_found")
        path = f"/v1/public/{slug}/appointments"
        anybody.refused("POST", path, 404, "not_found", json=shop.request(NINE))


def test_booking_is_replayed_by_its_key(shop: Shop, anybody: Client) -> None:
    request: Any = {
        "json": request_of(shop, NINE),
        "headers": {"Idempotency-Key": "public-1"},
    }
    path = page_path(shop, "/appointments")
    first, again = (anybody.send("POST", path, **request) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"


def test_requested_service_is_requested_publicly_too(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    booked = book_publicly(shop, NINE)
    assert (booked["status"], booked["requiresApproval"]) == ("SCHEDULED", True)
    assert kinds(shop, booked) == ["REQUESTED"]
