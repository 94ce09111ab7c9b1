"""The audit as the API shows it: who did what to which record, and nothing of another business."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.api_clients import PASSWORD, Apis, Shop, open_shop
from tests.audit_trail import app_database

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.seal import seal_audit

NINE = "2027-03-23T09:00:00+01:00"


def events(shop: Shop, **query: Any) -> list[Any]:
    found: list[Any] = shop.booking.get("/v1/audit-events", **query)["items"]
    return found


def test_change_tells_before_and_after(shop: Shop) -> None:
    booked = shop.book(NINE)
    headers = {"X-Request-Id": "cancel-by-phone"}
    path = f"/v1/appointments/{booked['id']}/cancel"
    shop.booking.send("POST", path, json={"reason": "ill"}, headers=headers)
    cancelled, made = events(shop, entityId=booked["id"])
    assert made["action"] == "appointment.booked"
    assert (made["before"], made["after"]["status"]) == (None, "SCHEDULED")
    assert cancelled["action"] == "appointment.cancelled"
    assert cancelled["before"]["status"] == "SCHEDULED"
    assert cancelled["before"]["cancellationReason"] is None
    assert cancelled["after"]["status"] == "CANCELLED"
    assert cancelled["after"]["cancellationReason"] == "ill"
    assert cancelled["entityType"] == "Appointment"
    assert cancelled["entityId"] == booked["id"]
    assert cancelled["requestId"] == "cancel-by-phone"
    assert cancelled["address"] == "testclient"
    assert (cancelled["actorType"], cancelled["actorId"]) == ("USER", shop.user["id"])
    assert cancelled["actingRole"] == "TENANT_ADMIN"
    assert not cancelled["erased"]
    assert shop.booking.get(f"/v1/audit-events/{made['id']}") == made


def test_api_key_acts_under_its_own_name(shop: Shop) -> None:
    made = shop.booking.post("/v1/api-keys", {"name": "desk", "role": "STAFF"})
    desk = shop.booking.with_token(made["key"])
    customer = desk.post(
        "/v1/customers", {"firstName": "A", "lastName": "B", "email": "a@b.example"}
    )
    (event,) = events(shop, entityId=customer["id"])
    assert (event["actorType"], event["actorId"], event["actingRole"]) == (
        "API_KEY",
        made["id"],
        "STAFF",
    )


def test_platform_acting_inside_is_seen_as_such(
    shop: Shop, apis: Apis, apis_database: DatabaseUrls
) -> None:
    root = apis.sign_up()
    with psycopg.connect(apis_database.owner_url) as owner:
        owner.execute("UPDATE users SET role = 'SUPER_ADMIN' WHERE id = %s", [root.user["id"]])
    body = {"firstName": "A", "lastName": "B", "email": "c@d.example"}
    headers = {"Sloty-Tenant": shop.tenant["slug"]}
    made = root.booking.send("POST", "/v1/customers", json=body, headers=headers)
    assert made.status_code == 201, made.text
    (event,) = events(shop, entityId=made.json()["id"])
    assert (event["actorId"], event["actingRole"]) == (root.user["id"], "SUPER_ADMIN")


def test_secrets_are_in_no_event(shop: Shop) -> None:
    key = shop.booking.post("/v1/api-keys", {"name": "desk", "role": "STAFF"})["key"]
    shop.booking.post(
        "/v1/auth/login", {"email": shop.user["email"], "password": PASSWORD}, status=200
    )
    shown = str(events(shop, limit=200))
    assert "argon2" not in shown
    for secret in (key, PASSWORD, str(shop.booking.token)):
        assert secret not in shown


@pytest.fixture
def three(shop: Shop) -> list[Any]:
    """Three events of one customer, the newest first."""
    made = shop.booking.post(
        "/v1/customers", {"firstName": "A", "lastName": "B", "email": "a@b.example"}
    )
    path = f"/v1/customers/{made['id']}"
    for name in ("C", "D"):
        headers = {"X-Request-Id": f"name-{name}"}
        shop.booking.send("PATCH", path, json={"firstName": name}, headers=headers)
    return events(shop, entityId=made["id"])


def test_newest_comes_first_page_by_page(shop: Shop, three: list[Any]) -> None:
    assert [each["after"]["firstName"] for each in three] == ["D", "C", "A"]
    found, cursor = [], None
    while True:
        page = shop.booking.get(
            "/v1/audit-events", limit=2, **({"cursor": cursor} if cursor else {})
        )
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert found == events(shop, limit=200)
    assert found[:3] == three


def test_filters_narrow_the_list(shop: Shop, three: list[Any]) -> None:
    newest = three[0]
    assert events(shop, requestId="name-D") == [newest]
    assert events(shop, action="customer.created") == [three[2]]
    assert events(shop, entityType="Customer") == three
    assert events(shop, entityType="Customer", actorId=shop.user["id"]) == three
    assert events(shop, entityType="Customer", actorId=newest["entityId"]) == []
    assert events(shop, entityType="Nothing") == []
    only = {"entityType": "Customer"}
    assert events(shop, **only, **{"from": newest["occurredAt"]}) == [newest]
    assert events(shop, **only, to=newest["occurredAt"]) == three[1:]


@pytest.mark.parametrize(
    "query",
    [
        {"entityId": "x"},
        {"from": "2027-01-01T00:00:00"},
        {"to": "yesterday"},
        {"limit": "0"},
        {"cursor": "x"},
        {"action": "a" * 5000},
    ],
)
def test_bad_filter_is_named(shop: Shop, query: dict[str, str]) -> None:
    problem = shop.booking.refused(
        "GET", "/v1/audit-events", 422, "validation_failed", params=query
    )
    (error,) = problem["errors"]
    assert error["pointer"] == f"query:{next(iter(query))}"


def test_other_business_sees_none_of_it(apis: Apis, three: list[Any]) -> None:
    other = open_shop(apis)
    assert events(other, entityId=three[0]["entityId"]) == []
    other.booking.refused("GET", f"/v1/audit-events/{three[0]['id']}", 404, "not_found")
    assert not {each["id"] for each in events(other, limit=200)} & {each["id"] for each in three}


def test_event_is_shown_sealed_with_its_place(
    shop: Shop, three: list[Any], apis_database: DatabaseUrls
) -> None:
    assert {(each["sealed"], each["position"]) for each in three} == {(False, None)}
    app = app_database(apis_database)
    while seal_audit(app):
        pass
    app.dispose()
    places = [each["position"] for each in events(shop, entityId=three[0]["entityId"])]
    assert places == sorted(places, reverse=True)
    assert len(set(places)) == 3
    assert all(each["sealed"] for each in events(shop, limit=200))


LISTS = {
    "all": "",
    "of an entity": "AND entity_id = '{entity}'",
    "of an actor": "AND actor_id = '{actor}'",
    "of a request": "AND request_id = 'r-7'",
    "of a time": "AND occurred_at < '{moment}'",
}


@pytest.mark.parametrize("which", LISTS)
def test_list_goes_by_an_index(shop: Shop, apis_database: DatabaseUrls, which: str) -> None:
    """As the services' role, with many events of this business and of others."""
    entity, actor = shop.location["id"], shop.provider["id"]
    with psycopg.connect(apis_database.app_url) as app:
        app.execute("SELECT set_config('app.tenant_id', %s, true)", [shop.tenant["id"]])
        app.execute(
            """
            INSERT INTO audit_events (tenant_id, actor_type, actor_id, action, entity_type,
                                      entity_id, request_id, occurred_at)
            SELECT %s, 'USER', CASE n %% 100 WHEN 0 THEN %s::uuid ELSE gen_random_uuid() END,
                   'x.changed', 'X', CASE n %% 500 WHEN 0 THEN %s::uuid ELSE gen_random_uuid() END,
                   'r-' || n, now() - make_interval(secs => n)
            FROM generate_series(1, 10000) n
            """,
            [shop.tenant["id"], actor, entity],
        )
        condition = LISTS[which].format(
            entity=entity, actor=actor, moment=datetime.now(UTC) - timedelta(hours=1)
        )
        plan = "\n".join(
            row[0]
            for row in app.execute(
                f"""
                EXPLAIN SELECT * FROM audit_events
                WHERE tenant_id = '{shop.tenant["id"]}' {condition}
                ORDER BY occurred_at DESC, id DESC LIMIT 51
                """
            )
        )
        app.rollback()
    assert "Seq Scan" not in plan, plan
    assert "Index" in plan, plan
