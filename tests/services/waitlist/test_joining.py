"""Joining, reading and leaving the waitlist."""

from typing import Any

import pytest
from tests.api_clients import Shop, answered, customer

from .line import DAY, Line


def test_entry_says_who_waits_for_what(line: Line) -> None:
    person = customer()
    entry = line.join(
        customer=person,
        providerId=line.shop.provider["id"],
        locationId=line.shop.location["id"],
        notes="Mornings",
    )
    assert entry == line.read(entry)
    assert (entry["from"], entry["to"], entry["notes"]) == (DAY, DAY, "Mornings")
    assert (entry["status"], entry["offer"], entry["appointmentId"]) == ("WAITING", None, None)
    assert entry["providerId"] == line.shop.provider["id"]
    assert entry["locationId"] == line.shop.location["id"]
    known = line.shop.booking.get(f"/v1/customers/{entry['customerId']}")
    assert known["email"] == person["email"]
    assert line.actions(entry) == ["waitlist.joined"]


def test_public_joins_and_reads_by_code(line: Line) -> None:
    path = f"/v1/public/{line.shop.tenant['slug']}/waitlist"
    answer = line.anybody.send("POST", path, json=line.wish(notes="Mornings"))
    entry = answered(answer, 201)
    assert answer.headers["location"] == f"/v1/public/waitlist/{entry['code']}"
    assert len(entry["code"]) == 20
    found = line.anybody.get(answer.headers["location"])
    assert found == entry
    assert entry["business"] == line.shop.tenant["name"]
    assert entry["service"]["name"] == "Massage"
    assert "id" not in entry
    listed = line.shop.booking.get("/v1/waitlist")["items"]
    assert [each["code"] for each in listed] == [entry["code"]]


def test_same_wish_twice_is_refused(line: Line) -> None:
    person = customer()
    first = line.join(customer=person)
    line.refused(409, "already_waiting", customer=person)
    line.refused(409, "already_waiting", customer=None, customerId=first["customerId"])
    line.join(customer=person, to="2027-03-24")
    line.join(customer=person, providerId=line.shop.provider["id"])
    line.shop.booking.send("DELETE", f"/v1/waitlist/{first['id']}")
    line.join(customer=person)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"from": "2027-03-24"}, "/to"),
        ({"to": "2028-03-24"}, "/to"),
        ({"from": "2027-03-20", "to": "2027-03-20"}, "/to"),
        ({"customer": None}, "/customerId"),
        ({"from": "soon"}, "/from"),
    ],
)
def test_wish_that_makes_no_sense_is_refused(
    line: Line, changes: dict[str, Any], pointer: str
) -> None:
    problem = line.refused(422, "validation_failed", **changes)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_wish_that_nobody_can_fulfil_is_refused(line: Line) -> None:
    shop = line.shop
    other = shop.add_service(name="Sauna")
    elsewhere = shop.add_location(name="Elsewhere")
    given = {"serviceIds": [other["id"]]}
    path = f"/v1/providers/{shop.provider['id']}/services"
    answered(shop.booking.send("PUT", path, json=given), 200)
    problem = line.refused(
        422,
        "validation_failed",
        providerId=shop.provider["id"],
        locationId=elsewhere["id"],
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/providerId", "/locationId"]
    switched_off = {"isActive": False}
    service = f"/v1/services/{shop.service['id']}"
    answered(shop.booking.send("PATCH", service, json=switched_off), 200)
    line.refused(422, "inactive")


def test_list_is_the_line_and_narrows(line: Line) -> None:
    shop = line.shop
    other = shop.add_service(name="Sauna")
    first = line.join()
    second = line.join(providerId=shop.provider["id"])
    third = line.join(serviceId=other["id"])

    def listed(**query: Any) -> list[str]:
        return [each["id"] for each in shop.booking.get("/v1/waitlist", **query)["items"]]

    assert listed() == [first["id"], second["id"], third["id"]]
    assert listed(serviceId=other["id"]) == [third["id"]]
    assert listed(providerId=shop.provider["id"]) == [second["id"]]
    assert listed(customerId=first["customerId"]) == [first["id"]]
    assert listed(status="OFFERED") == []
    page = shop.booking.get("/v1/waitlist", limit=2)
    rest = shop.booking.get("/v1/waitlist", limit=2, cursor=page["nextCursor"])
    assert [each["id"] for each in rest["items"]] == [third["id"]]


@pytest.mark.parametrize("publicly", [True, False])
def test_whoever_leaves_is_cancelled(line: Line, *, publicly: bool) -> None:
    entry = line.join()
    path = f"public/waitlist/{entry['code']}" if publicly else f"waitlist/{entry['id']}"
    api = line.anybody if publicly else line.shop.booking
    assert api.send("DELETE", f"/v1/{path}").status_code == 204
    assert line.statuses(entry) == ["CANCELLED"]
    api.refused("DELETE", f"/v1/{path}", 409, "invalid_transition")
    assert line.actions(entry) == ["waitlist.joined", "waitlist.cancelled"]


def test_entry_that_has_changed_is_not_taken_off(line: Line) -> None:
    entry = line.join()
    path = f"/v1/waitlist/{entry['id']}"
    stale = {"If-Match": '"0"'}
    line.shop.booking.refused("DELETE", path, 412, "version_conflict", headers=stale)
    line.scan()
    tag = line.shop.booking.send("GET", path).headers["etag"]
    # That a worker has looked at it is no change.
    assert tag == '"1"'
    assert line.shop.booking.send("DELETE", path, headers={"If-Match": tag}).status_code == 204


def test_slug_of_the_waitlists_own_path_is_reserved(line: Line) -> None:
    body = {
        "tenantName": "W",
        "slug": "waitlist",
        "email": "w@w.example",
        "password": "correct horse battery",
        "name": "W",
    }
    line.anybody.refused("POST", "/v1/signup", 422, "validation_failed", json=body)


def test_customer_without_appointments_leaves_with_the_wish(line: Line, shop: Shop) -> None:
    entry = line.join()
    path = f"/v1/customers/{entry['customerId']}"
    assert shop.booking.send("DELETE", path).status_code == 204
    shop.booking.refused("GET", f"/v1/waitlist/{entry['id']}", 404, "not_found")
