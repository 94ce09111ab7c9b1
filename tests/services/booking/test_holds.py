"""Holds: a slot is kept for whoever is about to book it, and for nobody longer than that."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.api_clients import Apis, Client, Shop, answered, customer
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls

from .bookings import ELEVEN, NINE, TEN, actions_on, change_settings, reread, rows

DAY = "2027-03-23"


def wanted(shop: Shop, start: str = NINE, **changes: Any) -> dict[str, Any]:
    body = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    return body | {"startTime": start} | changes


def hold(shop: Shop, start: str = NINE, **changes: Any) -> Any:
    return shop.booking.post("/v1/holds", wanted(shop, start, **changes))


def path_of(held: Any) -> str:
    return f"/v1/holds/{held['id']}"


def public_path(shop: Shop, rest: str = "holds") -> str:
    return f"/v1/public/{shop.tenant['slug']}/{rest}"


def release(api: Client, path: str, **headers: str) -> None:
    answered(api.send("DELETE", path, headers=headers), 204)


def test_held_slot_is_shown_and_taken_from_others(shop: Shop) -> None:
    answer = shop.booking.send("POST", "/v1/holds", json=wanted(shop))
    held = answered(answer, 201)
    assert held == {
        "id": held["id"],
        "serviceId": shop.service["id"],
        "providerId": shop.provider["id"],
        "locationId": shop.location["id"],
        "startTime": "2027-03-23T08:00:00Z",
        "endTime": "2027-03-23T09:00:00Z",
        "expiresAt": "2027-03-22T07:05:00Z",
    }
    assert answer.headers["location"] == path_of(held)
    assert answer.headers["etag"] == '"1"'
    assert shop.booking.get(path_of(held)) == held
    assert shop.starts(DAY) == [TEN, ELEVEN]
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    after = "2027-03-22T23:00:00+01:00"
    assert shop.availability.get("/v1/slots/next", after=after, **asked)["startTime"] == TEN
    told = shop.availability.get("/v1/slots/explain", startTime=NINE, **asked)
    assert (told["rule"], told["appointment"]) == ("slot_unavailable", None)
    calendar = f"/v1/providers/{shop.provider['id']}/calendar"
    [taken] = shop.availability.get(calendar, **{"from": DAY, "to": DAY})["booked"]
    assert (taken["startTime"], taken["endTime"]) == (NINE, TEN)
    assert taken["appointmentId"] is None


def test_held_slot_is_refused_to_others(shop: Shop, apis: Apis) -> None:
    hold(shop)
    for path, body in (
        ("/v1/appointments", shop.request(NINE)),
        ("/v1/appointments", shop.request(NINE, ignoreAvailability=True)),
        ("/v1/holds", wanted(shop)),
    ):
        problem = shop.booking.refused("POST", path, 409, "slot_unavailable", json=body)
        assert problem["nextSlots"][0]["startTime"] == "2027-03-23T09:00:00Z"
    booked = shop.book(TEN)
    move = {"startTime": NINE}
    path = f"/v1/appointments/{booked['id']}/reschedule"
    shop.booking.refused("POST", path, 409, "slot_unavailable", json=move)
    apis.clock.pass_by(timedelta(minutes=5))
    assert shop.booking.post(path, move)["startTime"] == "2027-03-23T08:00:00Z"


def test_holder_books_what_is_held_once(shop: Shop, apis_database: DatabaseUrls) -> None:
    held = hold(shop)
    booked = shop.book(NINE, holdId=held["id"])
    assert (booked["status"], booked["startTime"]) == ("SCHEDULED", held["startTime"])
    assert booked["endTime"] == held["endTime"]
    shop.refused(NINE, 409, "hold_expired", holdId=held["id"])
    shop.booking.refused("GET", path_of(held), 404, "not_found")
    shop.booking.refused("DELETE", path_of(held), 404, "not_found")
    assert shop.starts(DAY) == [TEN, ELEVEN]
    standing = "SELECT * FROM held_times WHERE provider_id = %s"
    [row] = rows(apis_database, standing, shop.provider["id"])
    assert str(row["appointment_id"]) == booked["id"] == str(row["seat_group"])
    assert [row[name] for name in ("expires_at", "end_time", "holder")] == [None] * 3
    shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", status=200)
    assert shop.starts(DAY) == [NINE, TEN, ELEVEN]


def test_expired_hold_blocks_nothing(shop: Shop, apis: Apis) -> None:
    expired = hold(shop)
    apis.clock.pass_by(timedelta(minutes=4, seconds=59))
    assert shop.starts(DAY) == [TEN, ELEVEN]
    shop.refused(NINE, 409, "slot_unavailable")
    apis.clock.pass_by(timedelta(seconds=1))
    assert shop.starts(DAY) == [NINE, TEN, ELEVEN]
    shop.booking.refused("GET", path_of(expired), 404, "not_found")
    shop.refused(NINE, 409, "hold_expired", holdId=expired["id"])
    again = hold(shop)
    shop.refused(NINE, 404, "not_found", holdId=expired["id"])
    apis.clock.pass_by(timedelta(minutes=5))
    shop.book(NINE)
    shop.refused(NINE, 404, "not_found", holdId=again["id"])


def test_released_hold_blocks_nothing(shop: Shop, apis_database: DatabaseUrls) -> None:
    held = hold(shop)
    stale = {"headers": {"If-Match": '"2"'}}
    shop.booking.refused("DELETE", path_of(held), 412, "version_conflict", **stale)
    release(shop.booking, path_of(held), **{"If-Match": '"1"'})
    shop.booking.refused("DELETE", path_of(held), 404, "not_found")
    shop.refused(NINE, 404, "not_found", holdId=held["id"])
    assert shop.starts(DAY) == [NINE, TEN, ELEVEN]
    assert actions_on(apis_database, held) == ["hold.created", "hold.released"]


def test_tenant_says_for_how_long(shop: Shop) -> None:
    change_settings(shop, holdMinutes=30)
    assert hold(shop)["expiresAt"] == "2027-03-22T07:30:00Z"
    for minutes in (0, 61, "5", 1.5):
        body = {"settings": {"holdMinutes": minutes}}
        shop.booking.refused("PATCH", "/v1/tenant", 422, "validation_failed", json=body)


def test_hold_ends_when_its_time_begins(shop: Shop, apis: Apis) -> None:
    apis.clock.now = datetime.fromisoformat(NINE) - timedelta(minutes=2)
    assert hold(shop)["expiresAt"] == "2027-03-23T08:00:00Z"


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        ("2027-03-23T03:00:00+01:00", 422, "outside_availability"),
        ("2027-03-23T09:30:00+01:00", 422, "not_a_slot"),
        ("2027-03-22T07:00:00+01:00", 422, "too_soon"),
    ],
)
def test_what_refuses_a_booking_refuses_a_hold(
    shop: Shop, start: str, status: int, code: str
) -> None:
    body = wanted(shop, start)
    problem = shop.booking.refused("POST", "/v1/holds", status, code, json=body)
    assert problem["rule"] == code
    hold(shop, problem["nextSlots"][0]["startTime"])


def test_hold_is_for_its_own_time_alone(shop: Shop, apis_database: DatabaseUrls) -> None:
    held = hold(shop)
    other = shop.add_provider(shop.location)
    elsewhere = shop.add_location()
    service = shop.add_service()
    wrong = {
        "/startTime": {"startTime": TEN},
        "/providerId": {"providerId": other["id"]},
        "/locationId": {"locationId": elsewhere["id"]},
        "/serviceId": {"serviceId": service["id"]},
    }
    for pointer, change in wrong.items():
        problem = shop.refused(NINE, 409, "hold_mismatch", **({"holdId": held["id"]} | change))
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    shop.book(NINE, holdId=held["id"], providerId=None, locationId=shop.location["id"])
    query = "SELECT count(*) AS n FROM appointments WHERE provider_id = %s"
    assert rows(apis_database, query, shop.provider["id"]) == [{"n": 1}]


def test_hold_keeps_the_offer_as_it_was(shop: Shop) -> None:
    held = hold(shop)
    path = f"/v1/services/{shop.service['id']}"
    change = {"duration": 90, "bufferTime": 15, "minAdvanceBooking": 100}
    answered(shop.booking.send("PATCH", path, json=change), 200)
    shop.add_override(shop.provider, date=DAY, type="SICK")
    booked = shop.book(NINE, holdId=held["id"])
    assert booked["endTime"] == held["endTime"]


def test_hold_of_what_is_no_longer_active_is_not_booked(shop: Shop) -> None:
    held = hold(shop)
    path = f"/v1/services/{shop.service['id']}"
    answered(shop.booking.send("PATCH", path, json={"isActive": False}), 200)
    shop.refused(NINE, 422, "inactive", holdId=held["id"])


def test_hold_is_used_by_a_request_for_approval(shop: Shop) -> None:
    path = f"/v1/services/{shop.service['id']}"
    answered(shop.booking.send("PATCH", path, json={"requiresApproval": True}), 200)
    held = hold(shop)
    booked = shop.book(NINE, holdId=held["id"])
    assert reread(shop, booked)["requiresApproval"]
    assert shop.starts(DAY) == [TEN, ELEVEN]


def test_hold_comes_once_for_one_key(shop: Shop) -> None:
    key = {"headers": {"Idempotency-Key": "k"}}
    answers = [shop.booking.send("POST", "/v1/holds", json=wanted(shop), **key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_holds_cost_a_fixed_number_of_statements(shop: Shop, anybody: Client) -> None:
    with statements(anybody) as sent:
        held = anybody.post(public_path(shop), wanted(shop))
    # The same as a hold by staff, and the lock and the count of the address's own.
    assert len(sent) == 7, sent
    with statements(shop.booking) as sent:
        other = hold(shop, TEN)
    assert len(sent) == 5, sent
    known = shop.booking.post("/v1/customers", customer())
    request = shop.request(NINE, customer=None, customerId=known["id"], holdId=held["id"])
    with statements(shop.booking) as sent:
        shop.booking.post("/v1/appointments", request)
    # Two more than a booking: the hold, and the calendar of its provider.
    assert len(sent) == 4, sent
    with statements(shop.booking) as sent:
        release(shop.booking, path_of(other))
    assert len(sent) == 4, sent
