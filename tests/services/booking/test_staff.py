"""Providers: the users behind them, the services they give, and what each role may do."""

from typing import Any

import psycopg
import pytest
from tests.api_clients import Apis, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .people import Post, register_proven


@pytest.fixture(scope="module")
def usual_shop(running_apis: Apis) -> Shop:
    return open_shop(running_apis)


def provider_of(shop: Shop, **who: Any) -> dict[str, Any]:
    return {"locationId": shop.location["id"]} | who


def test_inline_user_is_made_and_waits_for_invitation(usual_shop: Shop) -> None:
    user = {"email": "new@staff.example", "name": "New"}
    made = usual_shop.booking.post("/v1/providers", provider_of(usual_shop, user=user))
    assert made["user"] == user | {"id": made["userId"]}
    assert made["isActive"]


def test_user_of_the_business_becomes_a_provider_once(shop: Shop) -> None:
    body = provider_of(shop, userId=shop.user["id"])
    assert shop.booking.post("/v1/providers", body)["userId"] == shop.user["id"]
    shop.booking.refused("POST", "/v1/providers", 409, "already_provider", json=body)


def test_address_of_any_user_is_taken(apis: Apis, usual_shop: Shop) -> None:
    other = apis.sign_up(email="Owner@Elsewhere.Example")
    for email in (usual_shop.user["email"], other.user["email"].lower()):
        body = provider_of(usual_shop, user={"email": email, "name": "A"})
        usual_shop.booking.refused("POST", "/v1/providers", 409, "email_taken", json=body)


@pytest.mark.parametrize(
    "who", [{}, {"user": {"email": "a@b.example", "name": "A"}, "userId": "x"}]
)
def test_exactly_one_user_is_named(usual_shop: Shop, who: dict[str, Any]) -> None:
    if "userId" in who:
        who = who | {"userId": usual_shop.user["id"]}
    body = provider_of(usual_shop, **who)
    body["locationId"] = 1
    problem = usual_shop.booking.refused(
        "POST", "/v1/providers", 422, "validation_failed", json=body
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/userId", "/locationId"]


def test_services_given_are_replaced_as_a_whole(shop: Shop) -> None:
    other = shop.add_service(name="Other")["id"]
    path = f"/v1/providers/{shop.provider['id']}/services"
    both = sorted([other, shop.service["id"]])
    for given, answered in (([*both, other], both), ([other], [other]), ([], [])):
        answer = shop.booking.send("PUT", path, json={"serviceIds": given})
        assert answer.json() == {"serviceIds": answered}


def test_unknown_services_are_named_at_once(shop: Shop) -> None:
    nothing = "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"
    path = f"/v1/providers/{shop.provider['id']}/services"
    given = {"serviceIds": [nothing, shop.service["id"], nothing]}
    problem = shop.booking.refused("PUT", path, 404, "not_found", json=given)
    assert [error["pointer"] for error in problem["errors"]] == ["/serviceIds/0", "/serviceIds/2"]


def test_change_of_services_is_audited(shop: Shop, apis_database: DatabaseUrls) -> None:
    path = f"/v1/providers/{shop.provider['id']}/services"
    service = shop.service["id"]
    for given in ([service], []):
        shop.booking.send("PUT", path, json={"serviceIds": given})
    with psycopg.connect(apis_database.owner_url) as connection:
        events = connection.execute(
            "SELECT before, after FROM audit_events"
            " WHERE action = 'provider.services_limited' AND entity_id = %s ORDER BY id",
            (shop.provider["id"],),
        ).fetchall()
    every: dict[str, list[str]] = {"service_ids": []}
    one = {"service_ids": [service]}
    assert events == [(every, one), (one, every)]


@pytest.mark.parametrize(
    ("role", "books", "describes"),
    [
        ("TENANT_ADMIN", True, True),
        ("STAFF", True, False),
        ("PROVIDER", False, False),
        ("USER", False, False),
    ],
)
def test_role_decides_who_books_and_who_describes(
    shop: Shop, apis_database: DatabaseUrls, role: str, *, books: bool, describes: bool
) -> None:
    with psycopg.connect(apis_database.owner_url) as connection:
        connection.execute("UPDATE users SET role = %s WHERE id = %s", (role, shop.user["id"]))
    request = shop.request("2027-03-23T09:00:00+01:00")
    service = {"name": "A", "duration": 30}
    for path, body, may in (("appointments", request, books), ("services", service, describes)):
        answer = shop.booking.send("POST", f"/v1/{path}", json=body)
        assert answer.status_code == (201 if may else 403)
        if not may:
            assert answer.json()["code"] == "forbidden"
    assert shop.starts("2027-03-24") != []


def test_customer_sees_a_provider_without_what_is_private(
    shop: Shop, apis: Apis, post: Post
) -> None:
    private = {"settings": {"room": "2"}, "credentials": ["MD"]}
    path = f"/v1/providers/{shop.provider['id']}"
    shop.booking.send("PATCH", path, json=private)
    _, customer = register_proven(apis, post, shop)
    for seen in (customer.get(path), customer.get("/v1/providers")["items"][0]):
        assert (seen["user"]["email"], seen["settings"], seen["credentials"]) == (None, {}, [])
        assert seen["user"]["name"] == shop.provider["user"]["name"]
    booked = customer.post(
        "/v1/appointments",
        {"serviceId": shop.service["id"], "startTime": "2027-03-23T09:00:00+01:00"},
    )
    within = customer.get(f"/v1/appointments/{booked['id']}", include="provider")["provider"]
    assert within == customer.get(path)
    own = shop.booking.get(path)
    assert own["user"]["email"] == shop.provider["user"]["email"]
    assert {name: own[name] for name in private} == private


def test_renamed_user_is_a_changed_provider(shop: Shop) -> None:
    path = f"/v1/providers/{shop.provider['id']}"
    known = shop.booking.send("GET", path).headers["etag"]
    user = f"/v1/users/{shop.provider['userId']}"
    assert shop.booking.send("PATCH", user, json={"name": "Renamed"}).status_code == 200
    seen = shop.booking.send("GET", path, headers={"If-None-Match": known})
    assert seen.status_code == 200
    assert seen.json()["user"]["name"] == "Renamed"
