"""Who invites whom, what they may give, and that a business keeps an administrator."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.api_clients import PASSWORD, Apis, Business, Client, Shop, answered

from .people import INVITATION, Post, accept, join, log_in, new_email

CONFIRM = "/v1/auth/password-reset/confirm"


def invite(api: Client, role: str = "STAFF", **changes: Any) -> Any:
    invitation = {"email": new_email(), "name": "Katherine Johnson", "role": role}
    return api.post("/v1/users", invitation | changes)


def change(api: Client, user: Any, **fields: Any) -> Any:
    return answered(api.send("PATCH", f"/v1/users/{user['id']}", json=fields), 200)


@pytest.mark.parametrize("role", ["TENANT_ADMIN", "PROVIDER", "STAFF", "USER"])
def test_invited_user_joins_by_choosing_a_password(
    business: Business, apis: Apis, post: Post, role: str
) -> None:
    invited = invite(business.booking, role)
    assert (invited["status"], invited["emailVerified"]) == ("PENDING_VERIFICATION", None)
    assert invited["role"] == role
    attempt = {"email": invited["email"], "password": PASSWORD}
    apis.booking.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=attempt)
    user, theirs = accept(apis.booking, post, invited["email"])
    assert (user["status"], user["emailVerified"]) == ("ACTIVE", "2027-03-22T07:00:00Z")
    me = theirs.get("/v1/me")
    assert (me["id"], me["role"], me["tenant"]["id"]) == (
        invited["id"],
        role,
        business.tenant["id"],
    )


def test_invitation_is_sent_again_until_accepted(
    business: Business, apis: Apis, post: Post
) -> None:
    invited = invite(business.booking)
    again = f"/v1/users/{invited['id']}/invite"
    assert business.booking.post(again, status=200)["id"] == invited["id"]
    first, second = post.tokens(invited["email"], INVITATION)
    choice = {"token": first, "password": PASSWORD}
    apis.booking.refused("POST", CONFIRM, 422, "invalid_token", json=choice)
    apis.booking.post(CONFIRM, choice | {"token": second}, status=200)
    business.booking.refused("POST", again, 409, "already_joined")


def test_invited_speak_the_business_s_language(business: Business) -> None:
    settings = {"settings": {"defaultLocale": "de"}}
    answered(business.booking.send("PATCH", "/v1/tenant", json=settings), 200)
    assert invite(business.booking)["locale"] == "de"


def test_provider_s_new_user_is_invited(shop: Shop, apis: Apis, post: Post) -> None:
    user, theirs = accept(apis.booking, post, shop.provider["user"]["email"])
    assert user["role"] == "PROVIDER"
    shop.book("2027-03-23T09:00:00+01:00")
    assert len(theirs.get("/v1/appointments")["items"]) == 1


def test_address_of_anybody_is_taken(business: Business, apis: Apis) -> None:
    other = apis.sign_up()
    for email in (business.user["email"], other.user["email"], other.user["email"].upper()):
        body = {"email": email, "name": "N", "role": "USER"}
        business.booking.refused("POST", "/v1/users", 409, "email_taken", json=body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "SUPER_ADMIN"}, "/role"),
        ({"role": "KING"}, "/role"),
        ({"email": "nobody"}, "/email"),
        ({"name": ""}, "/name"),
        ({"status": "ACTIVE"}, "/status"),
        ({"permissions": ["customers:erase"]}, "/permissions"),
        ({"tenantId": "x"}, "/tenantId"),
    ],
)
def test_faulty_invitation_names_its_field(
    business: Business, body: dict[str, Any], pointer: str
) -> None:
    invitation = {"email": new_email(), "name": "N", "role": "STAFF"} | body
    problem = business.booking.refused(
        "POST", "/v1/users", 422, "validation_failed", json=invitation
    )
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "SUPER_ADMIN"}, "/role"),
        ({"status": "PENDING_VERIFICATION"}, "/status"),
        ({"permissions": ["platform:write"]}, "/permissions/0"),
        ({"permissions": ["customers:read", "customers:fly"]}, "/permissions/1"),
        ({"email": "other@example.com"}, "/email"),
        ({"phone": "none"}, "/phone"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
    ],
)
def test_faulty_change_names_its_field(
    business: Business, body: dict[str, Any], pointer: str
) -> None:
    address = f"/v1/users/{business.user['id']}"
    problem = business.booking.refused("PATCH", address, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_users_are_found_by_role_status_and_words(business: Business, post: Post) -> None:
    staff, _ = join(business, post, "STAFF", name="Grace 100% Hopper")
    waiting = invite(business.booking, "PROVIDER", name="Mary")

    def found(**query: Any) -> list[str]:
        return [user["id"] for user in business.booking.get("/v1/users", **query)["items"]]

    assert found() == [business.user["id"], staff["id"], waiting["id"]]
    assert found(role="STAFF") == [staff["id"]]
    assert found(status="PENDING_VERIFICATION") == [waiting["id"]]
    assert found(q="100% hop") == found(q=staff["email"].upper()) == [staff["id"]]
    assert found(q="%") == [staff["id"]]
    assert found(q="_") == []
    business.booking.refused("GET", "/v1/users?role=KING", 422, "validation_failed")


def test_granted_permission_works_at_once(business: Business, post: Post) -> None:
    user, theirs = join(business, post, "PROVIDER")
    theirs.refused("GET", "/v1/customers", 403, "forbidden")
    granted = change(
        business.booking, user, permissions=["customers:read", "audit:read", "customers:read"]
    )
    assert granted["permissions"] == ["audit:read", "customers:read"]
    assert theirs.get("/v1/customers")["items"] == []
    change(business.booking, user, permissions=[])
    theirs.refused("GET", "/v1/customers", 403, "forbidden")


def test_nobody_gives_more_than_they_have(business: Business, post: Post) -> None:
    clerk, theirs = join(business, post, "STAFF")
    change(business.booking, clerk, permissions=["users:read", "users:write"])
    body = {"email": new_email(), "name": "N"}
    forbidden = {"role": "TENANT_ADMIN"}
    theirs.refused("POST", "/v1/users", 403, "forbidden", json=body | forbidden)
    invited = theirs.post("/v1/users", body | {"role": "STAFF"})
    for user, fields in (
        (clerk, forbidden),
        (clerk, {"permissions": ["users:write", "users:read", "audit:read"]}),
        (invited, forbidden),
        (invited, {"permissions": ["customers:erase"]}),
        (business.user, {"status": "INACTIVE"}),
        (business.user, {"name": "Nobody"}),
    ):
        address = f"/v1/users/{user['id']}"
        theirs.refused("PATCH", address, 403, "forbidden", json=fields)
    theirs.refused("DELETE", f"/v1/users/{business.user['id']}", 403, "forbidden")
    assert change(theirs, invited, permissions=["users:read"])["permissions"] == ["users:read"]


def test_change_and_removal_honour_the_version(business: Business) -> None:
    invited = invite(business.booking)
    address = f"/v1/users/{invited['id']}"
    fresh = {"If-Match": business.booking.send("GET", address).headers["etag"]}
    body = {"name": "Another"}
    answered(business.booking.send("PATCH", address, json=body, headers=fresh), 200)
    for method, request in (("PATCH", {"json": body}), ("DELETE", {})):
        business.booking.refused(method, address, 412, "version_conflict", headers=fresh, **request)


@pytest.mark.parametrize("fields", [{"role": "STAFF"}, {"status": "SUSPENDED"}, None])
def test_last_administrator_stays(
    business: Business, post: Post, fields: dict[str, str] | None
) -> None:
    address = f"/v1/users/{business.user['id']}"
    invite(business.booking, "TENANT_ADMIN")
    method, request = ("DELETE", {}) if fields is None else ("PATCH", {"json": fields})
    business.booking.refused(method, address, 409, "last_admin", **request)
    join(business, post, "TENANT_ADMIN")
    assert business.booking.send(method, address, **request).is_success


def test_of_two_last_administrators_one_stays(business: Business, post: Post) -> None:
    for _ in range(5):
        other, theirs = join(business, post, "TENANT_ADMIN")
        pairs = [(business.booking, other), (theirs, business.user)]
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(
                    lambda pair: pair[0].send(
                        "PATCH", f"/v1/users/{pair[1]['id']}", json={"role": "STAFF"}
                    ),
                    pairs,
                )
            )
        rows = post.rows(
            "SELECT id FROM users WHERE tenant_id = %s AND role = 'TENANT_ADMIN'"
            " AND status = 'ACTIVE'",
            business.tenant["id"],
        )
        assert len(rows) == 1
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses in ([200, 409], [200, 403])
        post.change("UPDATE users SET role = 'TENANT_ADMIN' WHERE id = %s", business.user["id"])
        post.change("UPDATE users SET status = 'INACTIVE' WHERE id = %s", other["id"])


def test_whom_records_speak_of_is_deactivated(
    business: Business, shop: Shop, post: Post, apis: Apis
) -> None:
    staff, theirs = join(business, post, "STAFF")
    provider = shop.provider["userId"]
    for api, user_id in ((business.booking, staff["id"]), (shop.booking, provider)):
        address = f"/v1/users/{user_id}"
        for _ in range(2):
            assert api.send("DELETE", address).status_code == 204
        assert api.get(address)["status"] == "INACTIVE"
    theirs.refused("GET", "/v1/me", 401, "unauthenticated")
    left = shop.booking.get(f"/v1/providers/{shop.provider['id']}")
    assert (left["userId"], left["isActive"]) == (provider, False)
    assert shop.starts("2027-03-23") == []
    change(business.booking, staff, status="ACTIVE")
    log_in(apis.booking, staff["email"])


def test_invitation_that_nobody_accepted_disappears(
    business: Business, apis: Apis, post: Post
) -> None:
    invited = invite(business.booking)
    token = post.token(invited["email"], INVITATION)
    address = f"/v1/users/{invited['id']}"
    assert business.booking.send("DELETE", address).status_code == 204
    business.booking.refused("GET", address, 404, "not_found")
    choice = {"token": token, "password": PASSWORD}
    apis.booking.refused("POST", CONFIRM, 422, "invalid_token", json=choice)
    assert invite(business.booking, email=invited["email"])["id"] != invited["id"]


def test_suspended_invitation_goes_back_to_waiting(business: Business, post: Post) -> None:
    invited = invite(business.booking)
    again = f"/v1/users/{invited['id']}/invite"
    assert change(business.booking, invited, status="SUSPENDED")["status"] == "SUSPENDED"
    business.booking.refused("POST", again, 409, "already_joined")
    back = change(business.booking, invited, status="ACTIVE")
    assert back["status"] == "PENDING_VERIFICATION"
    business.booking.post(again, status=200)
    accept(business.booking, post, invited["email"])


def test_users_of_others_do_not_exist(business: Business, apis: Apis) -> None:
    other = apis.sign_up()
    address = f"/v1/users/{other.user['id']}"
    business.booking.refused("GET", address, 404, "not_found")
    business.booking.refused("PATCH", address, 404, "not_found", json={"name": "N"})
    business.booking.refused("DELETE", address, 404, "not_found")
    business.booking.refused("POST", f"{address}/invite", 404, "not_found")


def test_every_change_of_a_user_is_audited(business: Business, post: Post) -> None:
    user, _ = join(business, post, "STAFF")
    change(business.booking, user, role="PROVIDER")
    business.booking.send("DELETE", f"/v1/users/{user['id']}")
    events = post.rows(
        "SELECT action, actor_id, before, after FROM audit_events WHERE entity_id = %s ORDER BY id",
        user["id"],
    )
    assert [event["action"] for event in events] == [
        "user.invited",
        "user.joined",
        "user.logged_in",
        "user.changed",
        "user.deactivated",
    ]
    changed = events[3]
    assert str(changed["actor_id"]) == business.user["id"]
    assert (changed["before"]["role"], changed["after"]["role"]) == ("STAFF", "PROVIDER")
    assert all("password" not in (event["after"] or {}) for event in events)
