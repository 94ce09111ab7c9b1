"""Changing rules and overrides: what is taken, what is refused, and who wins when two change."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from tests.api_clients import Apis, Shop, answered, open_shop

from sloty_availability.schedules.schemas import MAX_RULES
from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import UserRole

from .callers import log_in_as, log_in_user

RULE = {"dayOfWeek": 2, "startTime": "14:00", "endTime": "16:00"}


def rules_of(shop: Shop) -> str:
    return f"/v1/providers/{shop.provider['id']}/availability"


def overrides_of(shop: Shop) -> str:
    return f"/v1/providers/{shop.provider['id']}/schedule"


def change(shop: Shop, path: str, body: Any, **headers: str) -> Any:
    return answered(shop.availability.send("PATCH", path, json=body, headers=headers), 200)


def pointers(shop: Shop, method: str, path: str, body: Any) -> list[str]:
    problem = shop.availability.refused(method, path, 422, "validation_failed", json=body)
    return [error["pointer"] for error in problem["errors"]]


def test_changed_rule_opens_other_times(shop: Shop) -> None:
    rule = shop.add_rule(shop.provider, **RULE)
    changed = change(shop, f"{rules_of(shop)}/{rule['id']}", {"startTime": "15:00"})
    assert changed == rule | {"startTime": "15:00", "updatedAt": changed["updatedAt"]}
    assert [start[11:16] for start in shop.starts("2027-03-23")][3:] == ["15:00"]


def test_empty_text_takes_a_bound_away(shop: Shop) -> None:
    rule = shop.add_rule(shop.provider, **RULE, validFrom="2027-03-01", validTo="2027-03-31")
    path = f"{rules_of(shop)}/{rule['id']}"
    assert change(shop, path, {"validTo": None})["validTo"] == "2027-03-31"
    changed = change(shop, path, {"validFrom": "", "validTo": ""})
    assert (changed["validFrom"], changed["validTo"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"validTo": "2027-02-28"}, ["/validTo"]),
        ({"startTime": "24:00"}, ["/startTime"]),
        ({"startTime": "", "dayOfWeek": 7}, ["/dayOfWeek", "/startTime"]),
        ({"validFrom": "soon"}, ["/validFrom"]),
    ],
)
def test_change_to_a_bad_rule_is_refused(
    shop: Shop, body: dict[str, Any], expected: list[str]
) -> None:
    rule = shop.add_rule(shop.provider, **RULE, validFrom="2027-03-01")
    assert pointers(shop, "PATCH", f"{rules_of(shop)}/{rule['id']}", body) == expected


def test_changed_override_can_block_the_whole_date(shop: Shop) -> None:
    block = {"date": "2027-03-23", "type": "MEETING", "startTime": "09:00", "endTime": "10:00"}
    override = shop.add_override(shop.provider, **block, reason="Team")
    path = f"{overrides_of(shop)}/{override['id']}"
    assert len(shop.starts("2027-03-23")) == 2
    changed = change(shop, path, {"startTime": "", "endTime": "", "type": "SICK", "reason": ""})
    assert (changed["startTime"], changed["endTime"], changed["reason"]) == (None, None, None)
    assert change(shop, path, {"notes": "flu"})["notes"] == "flu"
    assert change(shop, path, {"notes": ""})["notes"] is None
    assert shop.starts("2027-03-23") == []
    assert pointers(shop, "PATCH", path, {"type": "AVAILABLE"}) == ["/startTime", "/endTime"]
    assert pointers(shop, "PATCH", path, {"endTime": "10:00"}) == ["/startTime"]


def test_override_cannot_be_moved_onto_another(shop: Shop) -> None:
    shop.add_override(shop.provider, date="2027-03-23", type="SICK")
    other = shop.add_override(shop.provider, date="2027-03-24", type="SICK")
    path = f"{overrides_of(shop)}/{other['id']}"
    body = {"date": "2027-03-23"}
    shop.availability.refused("PATCH", path, 409, "override_exists", json=body)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_stale_version_changes_nothing(shop: Shop, method: str) -> None:
    rule = shop.add_rule(shop.provider, **RULE)
    override = shop.add_override(shop.provider, date="2027-03-24", type="SICK")
    for path, body in (
        (f"{rules_of(shop)}/{rule['id']}", {"endTime": "17:00"}),
        (f"{overrides_of(shop)}/{override['id']}", {"notes": "flu"}),
    ):
        first = shop.availability.send("GET", path).headers["etag"]
        second = shop.availability.send("PATCH", path, json=body, headers={"If-Match": first})
        stale = {"If-Match": first}
        shop.availability.refused(method, path, 412, "version_conflict", json={}, headers=stale)
        fresh = {"If-Match": second.headers["etag"]}
        answer = shop.availability.send(method, path, json={}, headers=fresh)
        assert answer.is_success, answer.text


def test_versions_may_stand_on_several_lines(shop: Shop) -> None:
    override = shop.add_override(shop.provider, date="2027-03-24", type="SICK")
    path = f"{overrides_of(shop)}/{override['id']}"
    current = shop.availability.send("GET", path).headers["etag"]
    token = ("Authorization", f"Bearer {shop.availability.token}")
    for tags, status in ((['"other"', '"another"'], 412), (['"other"', current], 200)):
        headers = [token, *(("If-Match", tag) for tag in tags)]
        answer = shop.availability.http.patch(path, json={"reason": "Flu"}, headers=headers)
        assert answer.status_code == status


def test_lists_are_narrowed_by_what_is_asked(shop: Shop) -> None:
    off = shop.add_rule(shop.provider, **RULE, isActive=False)
    listed = shop.availability.get(rules_of(shop), dayOfWeek=2)["items"]
    assert {rule["dayOfWeek"] for rule in listed} == {2}
    assert len(listed) == 2
    assert shop.availability.get(rules_of(shop), isActive="false")["items"] == [off]
    shop.add_override(shop.provider, date="2027-03-24", type="SICK")
    ill = shop.add_override(shop.provider, date="2027-03-25", type="VACATION")
    assert shop.availability.get(overrides_of(shop), type="VACATION")["items"] == [ill]
    for path, query, pointer in (
        (rules_of(shop), {"dayOfWeek": 7}, "query:dayOfWeek"),
        (overrides_of(shop), {"type": "OPEN"}, "query:type"),
        (overrides_of(shop), {"from": "2027-03-02", "to": "2027-03-01"}, "query:to"),
    ):
        problem = shop.availability.refused("GET", path, 422, "validation_failed", params=query)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]


def week(*hours: str) -> dict[str, Any]:
    return {
        "items": [
            {"dayOfWeek": day, "startTime": f"{hour}:00", "endTime": f"{hour}:59"}
            for day in range(7)
            for hour in hours
        ]
    }


def test_week_is_replaced_whole(shop: Shop) -> None:
    placed = answered(shop.availability.send("PUT", rules_of(shop), json=week("20", "22")), 200)
    assert len(placed["items"]) == 14
    assert placed["nextCursor"] is None
    assert shop.availability.get(rules_of(shop))["items"] == placed["items"]
    emptied = answered(shop.availability.send("PUT", rules_of(shop), json={"items": []}), 200)
    assert emptied == {"items": [], "nextCursor": None}
    assert shop.starts("2027-03-22", "2027-04-22") == []


def test_bad_week_changes_nothing(shop: Shop) -> None:
    before = shop.availability.get(rules_of(shop))
    body = week("20", "22")
    body["items"][3]["startTime"] = "24:00"
    body["items"][5] |= {"validFrom": "2027-03-02", "validTo": "2027-03-01"}
    expected = ["/items/3/startTime", "/items/5/validTo"]
    assert pointers(shop, "PUT", rules_of(shop), body) == expected
    assert shop.availability.get(rules_of(shop)) == before


def test_one_of_two_weeks_at_once_stays_whole(shop: Shop) -> None:
    weeks = [week("20"), week("21", "22"), week("18")] * 3
    with ThreadPoolExecutor(len(weeks)) as pool:
        answers = list(
            pool.map(lambda body: shop.availability.send("PUT", rules_of(shop), json=body), weeks)
        )
    placed = [answered(answer, 200)["items"] for answer in answers]
    left = shop.availability.get(rules_of(shop))["items"]
    assert left in placed


def test_rules_of_a_provider_are_bounded(apis: Apis) -> None:
    shop = open_shop(apis)
    too_many = {"items": [RULE] * (MAX_RULES + 1)}
    assert pointers(shop, "PUT", rules_of(shop), too_many) == ["/items"]
    full = answered(
        shop.availability.send("PUT", rules_of(shop), json={"items": [RULE] * MAX_RULES}), 200
    )
    assert len(full["items"]) == MAX_RULES
    shop.availability.refused("POST", rules_of(shop), 422, "too_many", json=RULE)


def test_owing_business_opens_no_more_hours(shop: Shop, apis_database: DatabaseUrls) -> None:
    items = week("20")["items"]
    shop.availability.send("PUT", rules_of(shop), json={"items": items[:3]})
    with psycopg.connect(apis_database.owner_url) as owner:
        owner.execute(
            "UPDATE tenants SET subscription_status = 'PAST_DUE' WHERE id = %s",
            [shop.tenant["id"]],
        )
    for method, body in (("POST", RULE), ("PUT", {"items": items[:4]})):
        shop.availability.refused(method, rules_of(shop), 402, "subscription_required", json=body)
    for fewer in (3, 1):
        kept = shop.availability.send("PUT", rules_of(shop), json={"items": items[:fewer]})
        assert len(answered(kept, 200)["items"]) == fewer


def test_every_change_is_in_the_audit(shop: Shop, apis_database: DatabaseUrls) -> None:
    rule = shop.add_rule(shop.provider, **RULE)
    for _ in range(2):
        change(shop, f"{rules_of(shop)}/{rule['id']}", {"endTime": "17:00"})
    shop.availability.send("PUT", rules_of(shop), json=week("20"))
    override = shop.add_override(shop.provider, date="2027-03-24", type="SICK")
    change(shop, f"{overrides_of(shop)}/{override['id']}", {"notes": "flu"})
    shop.availability.send("DELETE", f"{overrides_of(shop)}/{override['id']}")
    events = audited(apis_database, shop)
    assert [action for action, _, _ in events][-6:] == [
        "availability.created",
        "availability.changed",
        "availability.replaced",
        "schedule.created",
        "schedule.changed",
        "schedule.deleted",
    ]
    (_, before, after), replaced = events[-5], events[-4]
    assert (before["end_time"], after["end_time"]) == ("16:00", "17:00")
    assert (len(replaced[1]["rules"]), len(replaced[2]["rules"])) == (8, 7)


def audited(database: DatabaseUrls, shop: Shop) -> list[tuple[str, Any, Any]]:
    """Action, before and after of every event of the shop, oldest first."""
    with psycopg.connect(database.owner_url) as owner:
        return owner.execute(
            "SELECT action, before, after FROM audit_events WHERE tenant_id = %s ORDER BY id",
            [shop.tenant["id"]],
        ).fetchall()


def test_provider_changes_only_the_own_calendar(shop: Shop, apis_database: DatabaseUrls) -> None:
    colleague = shop.add_provider(shop.location, hours=None)
    own = log_in_user(apis_database, shop, shop.provider["userId"])
    other = f"/v1/providers/{colleague['id']}"
    rule = own.post(rules_of(shop), RULE)
    assert own.send("DELETE", f"{rules_of(shop)}/{rule['id']}").status_code == 204
    for method, path, body in (
        ("POST", f"{other}/availability", RULE),
        ("PUT", f"{other}/availability", week("20")),
        ("GET", f"{other}/availability", None),
        ("POST", f"{other}/schedule/holidays", {"country": "DE", "year": 2027}),
        ("POST", f"{other}/calendar/feed", None),
        ("POST", f"{other}/availability/preview", {}),
        ("GET", f"{other}/calendar?from=2027-03-22&to=2027-03-22", None),
    ):
        own.refused(method, path, 403, "forbidden", json=body)


@pytest.mark.parametrize("role", [UserRole.USER, UserRole.STAFF])
def test_staff_may_change_calendars_and_users_not(
    shop: Shop, apis_database: DatabaseUrls, role: UserRole
) -> None:
    caller = log_in_as(apis_database, shop, role)
    status = 201 if role is UserRole.STAFF else 403
    answered(caller.send("POST", rules_of(shop), json=RULE), status)
