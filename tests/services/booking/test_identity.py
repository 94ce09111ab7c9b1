"""Sign-up, log-in, log-out: who gets in, who is told what, and what the database never holds."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.api_clients import NOW, PASSWORD, Apis, Business, Clock, Shop, answered

from sloty_booking.identity.schemas import RESERVED_SLUGS
from sloty_deploy.scratch import DatabaseUrls


def log_in(apis: Apis, email: str, password: str = PASSWORD) -> Business:
    made = apis.booking.post("/v1/auth/login", {"email": email, "password": password}, status=200)
    assert set(made) == {"token", "expires", "user"}
    booking = apis.booking.with_token(made["token"])
    tenant = booking.get("/v1/tenant")
    availability = apis.availability.with_token(made["token"])
    return Business(booking, availability, tenant, made["user"])


def test_sign_up_answers_tenant_user_and_token(apis: Apis) -> None:
    request = {
        "tenantName": "Rosa",
        "slug": "salon-rosa",
        "email": "Rosa@Salon.Example",
        "password": PASSWORD,
        "name": "Rosa",
    }
    answer = apis.booking.send("POST", "/v1/signup", json=request)
    made = answered(answer, 201)
    assert set(made) == {"tenant", "user", "token", "expires"}
    assert set(made["user"]) == {
        *("id", "tenantId", "email", "name", "avatar", "emailVerified", "role", "permissions"),
        *("phone", "timezone", "locale", "status", "lastLoginAt", "createdAt", "updatedAt"),
    }
    assert made["user"]["email"] == "Rosa@salon.example"
    assert made["user"]["tenantId"] == made["tenant"]["id"]
    business = apis.booking.with_token(made["token"])
    assert business.get(answer.headers["location"]) == made["tenant"]


def test_each_word_beside_the_slug_is_reserved(apis: Apis) -> None:
    paths = (path.split("/") for path in apis.booking.get("/openapi.json")["paths"])
    beside = {steps[3] for steps in paths if steps[1:3] == ["v1", "public"] and len(steps) > 3}
    assert {word for word in beside if "{" not in word} <= RESERVED_SLUGS


@pytest.mark.parametrize("slug", ["appointments", "platform", "unsubscribe"])
def test_reserved_slug_is_refused(apis: Apis, slug: str) -> None:
    body = {"tenantName": "A", "slug": slug, "email": "a@a.example", "password": PASSWORD}
    problem = apis.booking.refused(
        "POST", "/v1/signup", 422, "validation_failed", json=body | {"name": "A"}
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/slug"]


@pytest.mark.parametrize("slug", ["A", "a b", "-a", "a-", "ä", "a_b", "a" * 64, "a.b", ""])
def test_slug_is_a_part_of_an_address(apis: Apis, slug: str) -> None:
    body = {"tenantName": "A", "slug": slug, "email": "a@a.example", "password": PASSWORD}
    apis.booking.refused("POST", "/v1/signup", 422, "validation_failed", json=body | {"name": "A"})


def test_second_business_cannot_take_slug_or_address(apis: Apis) -> None:
    first = apis.sign_up(email="Owner@First.Example")
    body = {"tenantName": "B", "slug": first.tenant["slug"], "password": PASSWORD, "name": "B"}
    other = {"email": "other@b.example"}
    apis.booking.refused("POST", "/v1/signup", 409, "slug_taken", json=body | other)
    for email in ("Owner@First.Example", "owner@first.example", "OWNER@FIRST.EXAMPLE"):
        taken = body | {"slug": "b-is-free", "email": email}
        apis.booking.refused("POST", "/v1/signup", 409, "email_taken", json=taken)
    assert apis.sign_up(slug="b-is-free").tenant["slug"] == "b-is-free"


def test_log_in_compares_addresses_without_case(apis: Apis) -> None:
    owner = apis.sign_up(email="Owner@Case.Example")
    for email in ("Owner@Case.Example", "owner@case.example", "OWNER@CASE.EXAMPLE"):
        assert log_in(apis, email).user["id"] == owner.user["id"]


def test_wrong_and_unknown_log_ins_look_alike(apis: Apis) -> None:
    owner = apis.sign_up()
    attempts = [
        {"email": owner.user["email"], "password": PASSWORD.upper()},
        {"email": owner.user["email"], "password": PASSWORD + " "},
        {"email": owner.user["email"], "password": ""},
        {"email": "nobody@nowhere.example", "password": PASSWORD},
    ]
    problems = [
        apis.booking.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=attempt)
        for attempt in attempts
    ]
    assert all(problem == problems[0] for problem in problems)


def test_invited_provider_cannot_log_in_without_password(shop: Shop, apis: Apis) -> None:
    body = {"email": shop.provider["user"]["email"], "password": ""}
    for password in ("", "x", PASSWORD):
        attempt = body | {"password": password}
        apis.booking.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=attempt)


def test_log_out_ends_that_session_only(apis: Apis) -> None:
    owner = apis.sign_up()
    other = log_in(apis, owner.user["email"])
    ended = other.booking.send("POST", "/v1/auth/logout")
    assert (ended.status_code, ended.content) == (204, b"")
    for api, path in ((other.booking, "/v1/me"), (other.availability, "/v1/slots")):
        problem = api.refused("GET", path, 401, "unauthenticated")
        assert set(problem) == {"type", "title", "status", "detail", "code"}
    other.booking.refused("POST", "/v1/auth/logout", 401, "unauthenticated")
    assert owner.booking.get("/v1/me")["id"] == owner.user["id"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer \x80", "Bearer a b", "bearer x" * 500],
)
def test_token_that_is_none_is_refused(apis: Apis, header: str) -> None:
    for api, path in ((apis.booking, "/v1/me"), (apis.availability, "/v1/slots")):
        answer = api.send("GET", path, headers={"Authorization": header.encode("latin-1")})
        assert answered(answer, 401)["code"] == "unauthenticated"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_session_ends_by_age_and_by_idleness(apis: Apis, clock: Clock) -> None:
    owner = apis.sign_up()
    idle = log_in(apis, owner.user["email"])
    for _ in range(2):
        clock.pass_by(timedelta(days=13))
        owner.booking.get("/v1/me")
    idle.booking.refused("GET", "/v1/me", 401, "unauthenticated")
    clock.now = NOW + timedelta(days=30)
    owner.booking.refused("GET", "/v1/me", 401, "unauthenticated")


def test_log_in_is_asked_for_before_input_is_judged(apis: Apis) -> None:
    attempts: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/appointments", {"json": {}}),
        ("POST", "/v1/appointments", {"content": b"{", "headers": {"Content-Type": "text/css"}}),
        (
            "POST",
            "/v1/services",
            {"content": b"{", "headers": {"Content-Type": "application/json"}},
        ),
        ("POST", "/v1/services", {"content": b" " * 1_100_000}),
        ("GET", "/v1/appointments?limit=x", {}),
        ("GET", "/v1/appointments/no-id", {}),
        ("PATCH", "/v1/tenant", {"json": {"settings": 1}}),
    ]
    for method, path, request in attempts:
        apis.booking.refused(method, path, 401, "unauthenticated", **request)


@pytest.mark.parametrize("status", ["SUSPENDED", "INACTIVE", "DELETED"])
def test_suspended_business_can_do_nothing(
    apis: Apis, shop: Shop, apis_database: DatabaseUrls, status: str
) -> None:
    request = shop.request("2027-03-23T09:00:00+01:00")
    change_tenant(apis_database, shop, "status", status)
    shop.booking.refused("POST", "/v1/appointments", 403, "tenant_suspended", json=request)
    shop.booking.refused("GET", "/v1/appointments", 403, "tenant_suspended")
    shop.availability.refused("GET", "/v1/slots", 403, "tenant_suspended")
    log = {"email": shop.user["email"], "password": PASSWORD}
    apis.booking.refused("POST", "/v1/auth/login", 403, "tenant_suspended", json=log)
    wrong = log | {"password": "wrong password"}
    apis.booking.refused("POST", "/v1/auth/login", 401, "invalid_credentials", json=wrong)


@pytest.mark.parametrize("subscription", ["TRIAL", "PAST_DUE", "CANCELED", "PAUSED"])
def test_unpaid_business_reads_and_cancels_only(
    shop: Shop, apis_database: DatabaseUrls, subscription: str
) -> None:
    booked = shop.book("2027-03-23T09:00:00+01:00")
    request = shop.request("2027-03-24T09:00:00+01:00")
    change_tenant(apis_database, shop, "subscription_status", subscription)
    change_tenant(apis_database, shop, "trial_ends_at", NOW.isoformat())
    problem = shop.booking.refused(
        "POST", "/v1/appointments", 402, "subscription_required", json=request
    )
    assert problem["title"] == "Subscription required"
    rules = f"/v1/providers/{shop.provider['id']}/availability"
    shop.availability.refused("POST", rules, 402, "subscription_required", json={})
    assert shop.booking.get("/v1/appointments")["items"] == [booked]
    assert shop.starts("2027-03-23") != []
    shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", status=200)


def test_database_holds_no_token_and_no_password(apis: Apis, apis_database: DatabaseUrls) -> None:
    password = "only this user has this password"
    owner = apis.sign_up(password=password)
    again = log_in(apis, owner.user["email"], password)
    secrets = [password, str(owner.booking.token), str(again.booking.token)]
    again.booking.send("POST", "/v1/auth/logout")
    stored = every_stored_text(apis_database)
    assert owner.user["email"] in stored
    for secret in secrets:
        assert secret not in stored
        assert secret.encode().hex() not in stored


def every_stored_text(database: DatabaseUrls) -> str:
    """All rows of all tables as JSON, bytes in hexadecimal."""
    with psycopg.connect(database.superuser_url) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        found: list[str] = []
        for (table,) in tables:
            query = sql.SQL("SELECT row_to_json(t)::text FROM {} t").format(sql.Identifier(table))
            found += (row for (row,) in connection.execute(query))
    return "\n".join(found)


def change_tenant(database: DatabaseUrls, business: Business, column: str, value: str) -> None:
    """As the operator does, past the APIs."""
    change = sql.SQL("UPDATE tenants SET {} = %s WHERE id = %s").format(sql.Identifier(column))
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(change, (value, business.tenant["id"]))
