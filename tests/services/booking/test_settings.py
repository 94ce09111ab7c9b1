"""What a business decides about itself: its description, its settings and its reminders."""

from typing import Any

import psycopg
import pytest
from tests.api_clients import NOW, Apis, Business, Shop, answered

from sloty_deploy.scratch import DatabaseUrls


def change(business: Business, body: Any) -> Any:
    return answered(business.booking.send("PATCH", "/v1/tenant", json=body), 200)


def test_change_keeps_what_it_does_not_name(apis: Apis) -> None:
    business = apis.sign_up()
    before = business.booking.get("/v1/tenant")
    changed = change(business, {"name": "Renamed"})
    kept = before | {"name": "Renamed", "updatedAt": changed["updatedAt"]}
    assert changed == kept
    assert change(business, {"name": None, "billingEmail": None})["name"] == "Renamed"


def test_settings_are_replaced_as_a_whole(apis: Apis) -> None:
    business = apis.sign_up()
    assert business.tenant["settings"] == {}
    assert change(business, {"settings": {"slotInterval": 15}})["settings"] == {"slotInterval": 15}
    assert change(business, {"name": "A"})["settings"] == {"slotInterval": 15}
    assert change(business, {"settings": {}})["settings"] == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"settings": {"slotInterval": 0}}, "/settings/slotInterval"),
        ({"settings": {"slotInterval": 1441}}, "/settings/slotInterval"),
        ({"settings": {"slotInterval": True}}, "/settings/slotInterval"),
        ({"settings": {"unknown": 1}}, "/settings/unknown"),
        ({"slug": "other"}, "/slug"),
        ({"status": "ACTIVE"}, "/status"),
        ({"subscriptionStatus": "ACTIVE"}, "/subscriptionStatus"),
        ({"billingEmail": "nobody"}, "/billingEmail"),
    ],
)
def test_what_is_not_for_the_business_to_set_is_refused(
    shop: Shop, body: Any, pointer: str
) -> None:
    problem = shop.booking.refused("PATCH", "/v1/tenant", 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_reminder_rule_exists_once(shop: Shop) -> None:
    path = "/v1/reminder-rules"
    rule = {"minutesBefore": 30, "serviceId": shop.service["id"]}
    made = shop.booking.post(path, rule)
    shop.booking.refused("POST", path, 409, "reminder_rule_exists", json=rule)
    shop.booking.refused("POST", path, 409, "reminder_rule_exists", json={"minutesBefore": 60})
    deleted = shop.booking.send("DELETE", f"{path}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    shop.booking.refused("GET", f"{path}/{made['id']}", 404, "not_found")
    shop.booking.post(path, rule)


def test_change_of_rules_plans_coming_appointments_anew(
    shop: Shop, apis_database: DatabaseUrls
) -> None:
    booked = shop.book("2027-03-23T09:00:00+01:00")
    path = "/v1/reminder-rules"
    rule = shop.booking.post(path, {"minutesBefore": 15})
    with psycopg.connect(apis_database.owner_url, autocommit=True) as connection:
        for method, address in (("POST", path), ("DELETE", f"{path}/{rule['id']}")):
            connection.execute(
                "UPDATE appointments SET remind_at = NULL WHERE id = %s", (booked["id"],)
            )
            body = {"minutesBefore": 16} if method == "POST" else None
            assert shop.booking.send(method, address, json=body).is_success
            planned = connection.execute(
                "SELECT remind_at FROM appointments WHERE id = %s", (booked["id"],)
            ).fetchone()
            assert planned == (NOW,)
