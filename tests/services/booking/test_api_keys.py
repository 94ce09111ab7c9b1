"""Keys for programs: shown once, as strong as their maker at most, ended at once."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api_clients import NOW, Apis, Business, Clock, Shop, answered, in_process, settings_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import Post, join


def make_key(business: Business, **fields: Any) -> Any:
    return business.booking.post("/v1/api-keys", {"name": "Website", "role": "STAFF"} | fields)


def test_key_is_shown_once(business: Business) -> None:
    made = make_key(business)
    key = made.pop("key")
    assert key.startswith(made["prefix"])
    assert len(key) > len(made["prefix"]) + 27
    assert made["createdBy"] == business.user["id"]
    address = f"/v1/api-keys/{made['id']}"
    assert business.booking.get(address) == made
    assert business.booking.get("/v1/api-keys")["items"] == [made]


def test_key_works_in_both_services(shop: Shop) -> None:
    key = make_key(shop)["key"]
    booking, availability = shop.booking.with_token(key), shop.availability.with_token(key)
    booked = booking.post("/v1/appointments", shop.request("2027-03-23T09:00:00+01:00"))
    assert booked["bookedBy"] is None
    calendar = f"/v1/providers/{shop.provider['id']}/availability"
    assert len(availability.get(calendar)["items"]) == 7
    booking.refused("GET", "/v1/users", 403, "forbidden")
    booking.refused("GET", "/v1/me", 403, "forbidden")
    booking.refused("POST", "/v1/auth/logout", 403, "forbidden")


def test_revoked_key_opens_nothing_in_any_process(
    shop: Shop, apis_database: DatabaseUrls, apis_broker: ScratchBroker
) -> None:
    made = make_key(shop)
    address = f"/v1/api-keys/{made['id']}"
    with in_process(settings_of(apis_database.app_url, apis_broker.url)) as others:
        theirs = others.booking.with_token(made["key"])
        assert theirs.get("/v1/tenant")["id"] == shop.tenant["id"]
        assert shop.booking.send("DELETE", address).status_code == 204
        theirs.refused("GET", "/v1/tenant", 401, "unauthenticated")
        revoked = shop.booking.get(address)
        assert revoked["revokedAt"] == "2027-03-22T07:00:00Z"
        assert shop.booking.send("DELETE", address).status_code == 204
    assert shop.booking.get("/v1/api-keys")["items"] == [revoked]


def test_key_ends_when_it_says(business: Business, clock: Clock) -> None:
    ends = (NOW + timedelta(hours=1)).isoformat()
    made = make_key(business, expiresAt=ends)
    theirs = business.booking.with_token(made["key"])
    theirs.get("/v1/tenant")
    clock.pass_by(timedelta(hours=1))
    theirs.refused("GET", "/v1/tenant", 401, "unauthenticated")


def test_use_of_a_key_is_noted(business: Business, clock: Clock) -> None:
    made = make_key(business)
    address = f"/v1/api-keys/{made['id']}"
    assert made["lastUsedAt"] is None
    for minutes, noted in ((0, "07:00"), (5, "07:00"), (6, "07:11")):
        clock.pass_by(timedelta(minutes=minutes))
        business.booking.with_token(made["key"]).get("/v1/tenant")
        assert business.booking.get(address)["lastUsedAt"] == f"2027-03-22T{noted}:00Z"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"role": "PROVIDER"}, "/role"),
        ({"role": "USER"}, "/role"),
        ({"role": "SUPER_ADMIN"}, "/role"),
        ({"name": " "}, "/name"),
        ({"expiresAt": "2027-03-22T07:00:00Z"}, "/expiresAt"),
        ({"expiresAt": "2028-03-22T07:00:00"}, "/expiresAt"),
        ({"key": "mine"}, "/key"),
    ],
)
def test_faulty_key_names_its_field(
    business: Business, fields: dict[str, Any], pointer: str
) -> None:
    body = {"name": "Website", "role": "STAFF"} | fields
    problem = business.booking.refused("POST", "/v1/api-keys", 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_nobody_makes_a_key_stronger_than_themselves(business: Business, post: Post) -> None:
    clerk, theirs = join(business, post, "STAFF")
    grants = {"permissions": ["api-keys:read", "api-keys:write"]}
    answered(business.booking.send("PATCH", f"/v1/users/{clerk['id']}", json=grants), 200)
    body = {"name": "Mine", "role": "TENANT_ADMIN"}
    theirs.refused("POST", "/v1/api-keys", 403, "forbidden", json=body)
    theirs.post("/v1/api-keys", body | {"role": "STAFF"})
    admin = business.booking.post("/v1/api-keys", body)
    program = business.booking.with_token(admin["key"])
    assert program.post("/v1/api-keys", body)["createdBy"] is None


def test_keys_of_others_do_not_exist(business: Business, apis: Apis) -> None:
    foreign = f"/v1/api-keys/{make_key(apis.sign_up())['id']}"
    business.booking.refused("GET", foreign, 404, "not_found")
    business.booking.refused("DELETE", foreign, 404, "not_found")


def test_repeated_making_shows_the_same_key(business: Business) -> None:
    body = {"name": "Website", "role": "STAFF"}
    first, again = (
        business.booking.send(
            "POST", "/v1/api-keys", json=body, headers={"Idempotency-Key": "once"}
        )
        for _ in range(2)
    )
    assert answered(first, 201) == answered(again, 201)
    assert len(business.booking.get("/v1/api-keys")["items"]) == 1
