"""People who register with a business, and see and book for themselves alone."""

from typing import Any

from tests.api_clients import PASSWORD, Apis, Business, Client, Shop, answered, customer

from .people import VERIFICATION, Post, new_email


def register(apis: Apis, business: Business, **fields: str) -> Any:
    newcomer = {"email": new_email("newcomer"), "password": PASSWORD, "name": "Grace Hopper"}
    path = f"/v1/public/{business.tenant['slug']}/register"
    return apis.booking.post(path, newcomer | fields)


def verified(apis: Apis, post: Post, made: Any) -> Client:
    """The booking API for somebody who has registered and proven their address."""
    token = post.token(made["user"]["email"], VERIFICATION)
    apis.booking.post("/v1/auth/verify-email", {"token": token}, status=200)
    return apis.booking.with_token(made["token"])


def test_registered_user_is_logged_in(business: Business, apis: Apis) -> None:
    made = register(apis, business)
    assert set(made) == {"user", "token", "expires"}
    assert (made["user"]["role"], made["user"]["status"]) == ("USER", "ACTIVE")
    me = apis.booking.with_token(made["token"]).get("/v1/me")
    assert me == made["user"] | {"tenant": business.tenant}


def test_taken_address_and_unknown_business_are_refused(business: Business, apis: Apis) -> None:
    body = {"email": business.user["email"], "password": PASSWORD, "name": "N"}
    path = f"/v1/public/{business.tenant['slug']}/register"
    apis.booking.refused("POST", path, 409, "email_taken", json=body)
    for slug in ("nobody", "platform", "%20", "a.b", "x" * 300, "ä"):
        path = f"/v1/public/{slug}/register"
        apis.booking.refused("POST", path, 404, "not_found", json=body)
    body = {"email": new_email(), "password": "short", "name": "", "role": "STAFF"}
    problem = apis.booking.refused(
        "POST",
        f"/v1/public/{business.tenant['slug']}/register",
        422,
        "validation_failed",
        json=body,
    )
    assert {error["pointer"] for error in problem["errors"]} == {"/password", "/name", "/role"}
    assert len(problem["errors"]) == 3


def test_user_books_for_themselves_once_verified(shop: Shop, apis: Apis, post: Post) -> None:
    made = register(apis, shop)
    request = shop.request("2027-03-23T09:00:00+01:00")
    del request["customer"]
    unverified = apis.booking.with_token(made["token"])
    unverified.refused("POST", "/v1/appointments", 403, "forbidden", json=request)
    theirs = verified(apis, post, made)
    other = shop.book("2027-03-23T10:00:00+01:00")
    booked = theirs.post("/v1/appointments", request)
    assert [one["id"] for one in theirs.get("/v1/appointments")["items"]] == [booked["id"]]
    theirs.refused("GET", f"/v1/appointments/{other['id']}", 404, "not_found")
    for_another = request | {"customer": customer(), "startTime": "2027-03-23T11:00:00+01:00"}
    theirs.refused("POST", "/v1/appointments", 403, "forbidden", json=for_another)


def test_registration_repeats_with_its_key(business: Business, apis: Apis) -> None:
    path = f"/v1/public/{business.tenant['slug']}/register"
    newcomer = {"email": new_email(), "password": PASSWORD, "name": "N"}
    first, again = (
        apis.booking.send("POST", path, json=newcomer, headers={"Idempotency-Key": "me"})
        for _ in range(2)
    )
    assert answered(first, 201) == answered(again, 201)
    assert first.headers["location"] == "/v1/me"
