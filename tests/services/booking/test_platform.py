"""The platform's administrators: they see every business, change its standing, act inside of one."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api_clients import PASSWORD, Apis, Business, Client, Clock, Shop, answered

from .people import Post, acting_in, join, log_in, new_email


def change(operator: Client, business: Business, **fields: str) -> Any:
    address = f"/v1/tenants/{business.tenant['id']}"
    return answered(operator.send("PATCH", address, json=fields), 200)


def test_businesses_are_listed_and_found(operator: Client, apis: Apis) -> None:
    one, other = apis.sign_up(tenantName="Zebra 50% off"), apis.sign_up()
    changed = change(operator, other, subscriptionTier="PRO", subscriptionStatus="PAUSED")
    found = operator.get("/v1/tenants", q="zebra 50%")["items"]
    assert found == [one.tenant]
    paused = operator.get("/v1/tenants", subscriptionStatus="PAUSED", subscriptionTier="PRO")
    assert changed in paused["items"]
    assert operator.get(f"/v1/tenants/{one.tenant['id']}") == one.tenant
    ids: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = operator.get("/v1/tenants", limit=200, **({"cursor": cursor} if cursor else {}))
        ids += [item["slug"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert {one.tenant["slug"], other.tenant["slug"]} <= set(ids)
    assert "platform" not in ids
    assert ids.count(one.tenant["slug"]) == 1


def test_nobody_else_sees_businesses(business: Business, apis: Apis, post: Post) -> None:
    other = apis.sign_up()
    address = f"/v1/tenants/{business.tenant['id']}"
    for role in ("STAFF", "TENANT_ADMIN"):
        _, theirs = join(business, post, role)
        theirs.refused("GET", "/v1/tenants", 403, "forbidden")
        theirs.refused("GET", address, 403, "forbidden")
        theirs.refused("PATCH", address, 403, "forbidden", json={"subscriptionTier": "PRO"})
    entering = {"Sloty-Tenant": other.tenant["slug"]}
    business.booking.refused("GET", "/v1/tenant", 403, "forbidden", headers=entering)
    entering = {"Sloty-Tenant": business.tenant["slug"]}
    business.booking.refused("GET", "/v1/tenant", 403, "forbidden", headers=entering)


@pytest.mark.parametrize("status", ["SUSPENDED", "INACTIVE", "DELETED"])
def test_suspension_ends_everything_at_once(
    operator: Client, shop: Shop, apis: Apis, post: Post, status: str
) -> None:
    _, theirs = join(shop, post, "STAFF")
    key = shop.booking.post("/v1/api-keys", {"name": "K", "role": "STAFF"})["key"]
    changed = change(operator, shop, status=status)
    assert changed["status"] == status
    for caller in (shop.booking, theirs, shop.booking.with_token(key), shop.availability):
        path = "/v1/slots" if caller is shop.availability else "/v1/appointments"
        caller.refused("GET", path, 403, "tenant_suspended")
    log = {"email": shop.user["email"], "password": PASSWORD}
    apis.booking.refused("POST", "/v1/auth/login", 403, "tenant_suspended", json=log)
    newcomer = {"email": new_email(), "password": PASSWORD, "name": "N"}
    public = f"/v1/public/{shop.tenant['slug']}/register"
    apis.booking.refused("POST", public, 403, "tenant_suspended", json=newcomer)
    change(operator, shop, status="ACTIVE")
    assert theirs.get("/v1/me")["tenant"]["status"] == "ACTIVE"
    log_in(apis.booking, shop.user["email"])


def test_nobody_books_in_a_suspended_business(operator: Client, shop: Shop) -> None:
    change(operator, shop, status="SUSPENDED")
    inside = acting_in(operator, shop.tenant["slug"])
    assert operator.send("GET", "/v1/services", headers=inside).status_code == 200
    service = {"name": "Massage", "duration": 30}
    for path, body in (
        ("/v1/appointments", shop.request("2027-03-23T09:00:00+01:00")),
        ("/v1/services", service),
    ):
        operator.refused("POST", path, 403, "tenant_suspended", json=body, headers=inside)
    change(operator, shop, status="ACTIVE")
    assert operator.send("POST", "/v1/services", json=service, headers=inside).status_code == 201


def test_ended_trial_reads_and_does_not_create(operator: Client, business: Business) -> None:
    change(operator, business, trialEndsAt="2027-03-22T07:00:00Z")
    body = {"email": new_email(), "name": "N", "role": "STAFF"}
    refused = business.booking.refused
    refused("POST", "/v1/users", 402, "subscription_required", json=body)
    key = {"name": "K", "role": "STAFF"}
    refused("POST", "/v1/api-keys", 402, "subscription_required", json=key)
    newcomer = {"email": new_email(), "password": PASSWORD, "name": "N"}
    public = f"/v1/public/{business.tenant['slug']}/register"
    refused("POST", public, 402, "subscription_required", json=newcomer)
    assert len(business.booking.get("/v1/users")["items"]) == 1
    assert change(operator, business, trialEndsAt="")["trialEndsAt"] is None
    business.booking.post("/v1/users", body)
    change(operator, business, subscriptionStatus="ACTIVE", subscriptionTier="ENTERPRISE")


def test_change_of_standing_is_audited_inside_the_business(
    operator: Client, business: Business, post: Post
) -> None:
    change(operator, business, status="SUSPENDED")
    [event] = post.rows(
        "SELECT * FROM audit_events WHERE tenant_id = %s AND action = 'tenant.standing_changed'",
        business.tenant["id"],
    )
    assert str(event["actor_id"]) == operator.get("/v1/me")["id"]
    assert event["acting_role"] == "SUPER_ADMIN"
    assert (event["before"]["status"], event["after"]["status"]) == ("ACTIVE", "SUSPENDED")


def test_platform_itself_is_no_business(operator: Client, apis: Apis) -> None:
    tenant_id = operator.get("/v1/tenant")["id"]
    operator.refused("GET", f"/v1/tenants/{tenant_id}", 404, "not_found")
    body = {"status": "SUSPENDED"}
    operator.refused("PATCH", f"/v1/tenants/{tenant_id}", 404, "not_found", json=body)
    newcomer = {"email": new_email(), "password": PASSWORD, "name": "N"}
    apis.booking.refused("POST", "/v1/public/platform/register", 404, "not_found", json=newcomer)


def test_stale_or_faulty_change_of_standing_is_refused(
    operator: Client, business: Business
) -> None:
    address = f"/v1/tenants/{business.tenant['id']}"
    fresh = {"If-Match": operator.send("GET", address).headers["etag"]}
    body = {"subscriptionTier": "PRO"}
    answered(operator.send("PATCH", address, json=body, headers=fresh), 200)
    operator.refused("PATCH", address, 412, "version_conflict", json=body, headers=fresh)
    for fields, pointer in (
        ({"status": "GONE"}, "/status"),
        ({"trialEndsAt": "2027-03-22"}, "/trialEndsAt"),
        ({"name": "N"}, "/name"),
    ):
        problem = operator.refused("PATCH", address, 422, "validation_failed", json=fields)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    missing = "/v1/tenants/01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"
    operator.refused("GET", missing, 404, "not_found")


def test_operator_acts_inside_of_a_business(
    operator: Client, shop: Shop, apis: Apis, post: Post
) -> None:
    inside = acting_in(operator, shop.tenant["slug"])

    def send(method: str, path: str, **request: Any) -> Any:
        return apis.booking.send(method, path, headers=inside, **request)

    assert answered(send("GET", "/v1/tenant"), 200) == shop.tenant
    assert answered(send("GET", "/v1/me"), 200)["tenant"] == shop.tenant
    invited = {"email": new_email(), "name": "N", "role": "STAFF"}
    user = answered(send("POST", "/v1/users", json=invited), 201)
    assert user["tenantId"] == shop.tenant["id"]
    key = answered(send("POST", "/v1/api-keys", json={"name": "K", "role": "STAFF"}), 201)
    assert key["createdBy"] is None
    request = shop.request("2027-03-23T09:00:00+01:00")
    booked = answered(send("POST", "/v1/appointments", json=request), 201)
    assert booked["bookedBy"] is None
    assert shop.booking.get("/v1/appointments")["items"] == [booked]
    events = post.rows(
        "SELECT actor_id, acting_role FROM audit_events WHERE entity_id = ANY(%s)",
        [user["id"], key["id"], booked["id"]],
    )
    me = operator.get("/v1/me")["id"]
    assert {(str(event["actor_id"]), event["acting_role"]) for event in events} == {
        (me, "SUPER_ADMIN")
    }
    assert len(events) == 3


def test_operator_changes_themselves_from_home(operator: Client, shop: Shop, apis: Apis) -> None:
    inside = acting_in(operator, shop.tenant["slug"])
    password = {"currentPassword": PASSWORD, "newPassword": "a much newer password"}
    for method, path, body in (
        ("PATCH", "/v1/me", {"name": "N"}),
        ("POST", "/v1/me/password", password),
        ("POST", "/v1/auth/logout", None),
        ("POST", "/v1/auth/verify-email/resend", None),
    ):
        apis.booking.refused(method, path, 403, "forbidden", json=body, headers=inside)
    operator.post("/v1/me/password", password, status=200)
    log_in(apis.booking, operator.get("/v1/me")["email"], "a much newer password")


def test_operator_enters_a_suspended_business(
    operator: Client, business: Business, apis: Apis
) -> None:
    change(operator, business, status="SUSPENDED")
    inside = acting_in(operator, business.tenant["slug"])
    found = apis.booking.send("GET", "/v1/users", headers=inside)
    assert len(answered(found, 200)["items"]) == 1
    nowhere = acting_in(operator, "there-is-no-such-business")
    apis.booking.refused("GET", "/v1/users", 404, "not_found", headers=nowhere)


def test_administrator_lists_slots_of_the_business_that_is_named(
    operator: Client, shop: Shop, clock: Clock
) -> None:
    clock.pass_by(timedelta(minutes=11))
    query = {"serviceId": shop.service["id"], "from": "2027-03-23", "to": "2027-03-23"}
    inside = acting_in(operator, shop.tenant["slug"])
    outsider = shop.availability.with_token(None)
    listed = outsider.send("GET", "/v1/slots", params=query, headers=inside)
    assert listed.json() == shop.availability.get("/v1/slots", **query)
    own = {"Authorization": inside["Authorization"]}
    outsider.refused("GET", "/v1/slots", 404, "not_found", params=query, headers=own)
