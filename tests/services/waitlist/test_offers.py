"""What comes free is offered to the first in line, for a while, and then to the next."""

from datetime import timedelta
from typing import Any

from tests.api_clients import answered

from .line import AT_ELEVEN, AT_NINE, AT_TEN, DAY, HALF_AN_HOUR, NINE, TEN, Line


def set_up(line: Line, **settings: Any) -> None:
    answered(line.shop.booking.send("PATCH", "/v1/tenant", json={"settings": settings}), 200)


def test_life_of_an_entry(line: Line) -> None:
    entry = line.join(notes="The left knee")
    assert line.scan() == 0
    line.free()
    assert line.scan() == 1
    offered = line.read(entry)
    expires = line.clock.now + HALF_AN_HOUR
    assert offered["status"] == "OFFERED"
    assert offered["offer"] == {
        "startTime": AT_NINE,
        "endTime": AT_TEN,
        "timezone": "Europe/Berlin",
        "providerId": line.shop.provider["id"],
        "locationId": line.shop.location["id"],
        "expiresAt": expires.isoformat().replace("+00:00", "Z"),
    }
    line.shop.refused(NINE, 409, "slot_unavailable")
    assert line.shop.starts(DAY) == []
    line.clock.pass_by(timedelta(minutes=29))
    booked = line.accept(entry)
    assert (booked["startTime"], booked["status"]) == (AT_NINE, "SCHEDULED")
    assert booked["notes"] == "The left knee"
    appointment = line.shop.booking.get("/v1/appointments", customerId=entry["customerId"])
    done = line.read(entry)
    assert (done["status"], done["offer"]) == ("BOOKED", None)
    assert done["appointmentId"] == appointment["items"][0]["id"]
    line.cannot("accept", entry, "no_offer")
    line.clock.pass_by(timedelta(days=3))
    assert line.scan() == 0
    assert line.statuses(entry) == ["BOOKED"]
    assert line.actions(entry) == ["waitlist.joined", "waitlist.offered", "waitlist.booked"]


def test_first_in_line_is_offered_first(line: Line) -> None:
    first, second = line.join(), line.join()
    line.free()
    assert line.scan() == 1
    assert line.statuses(first, second) == ["OFFERED", "WAITING"]
    line.clock.pass_by(HALF_AN_HOUR)
    line.cannot("accept", first, "offer_expired")
    assert line.scan() == 1
    line.cannot("accept", first, "offer_expired")
    # The same time is not offered to the same person again.
    assert line.statuses(first, second) == ["WAITING", "OFFERED"]
    assert line.actions(first)[-1] == "waitlist.lapsed"
    line.clock.pass_by(HALF_AN_HOUR)
    assert line.scan() == 0
    assert line.shop.starts(DAY) == [NINE]


def test_what_is_declined_goes_to_the_next_at_once(line: Line) -> None:
    first, second = line.join(), line.join()
    line.free()
    line.scan()
    assert line.decline(first)["status"] == "WAITING"
    line.cannot("decline", first, "no_offer")
    line.cannot("accept", first, "no_offer")
    assert line.scan() == 1
    assert (line.offered(first), line.offered(second)) == (None, AT_NINE)
    # Whoever has declined keeps the place.
    line.free(1)
    assert line.scan() == 1
    assert (line.offered(first), line.offered(second)) == (AT_TEN, AT_NINE)


def test_whoever_leaves_lets_the_next_have_it(line: Line) -> None:
    first, second = line.join(), line.join()
    line.free()
    line.scan()
    path = f"/v1/public/waitlist/{first['code']}"
    assert line.anybody.send("DELETE", path).status_code == 204
    assert line.scan() == 1
    assert line.statuses(first, second) == ["CANCELLED", "OFFERED"]
    line.cannot("accept", first, "no_offer")


def test_two_times_go_to_the_first_two(line: Line) -> None:
    entries = [line.join() for _ in range(3)]
    line.free(1)
    line.free(0)
    assert line.scan() == 2
    assert [line.offered(entry) for entry in entries] == [AT_NINE, AT_TEN, None]


def test_only_what_was_wished_for_is_offered(line: Line) -> None:
    shop = line.shop
    colleague = shop.add_provider(shop.location, hours=None)
    longer = shop.add_service(name="Long massage", duration=120)
    line.join(**{"from": "2027-03-24", "to": "2027-03-24"}, providerId=colleague["id"])
    line.join(providerId=colleague["id"])
    line.join(serviceId=longer["id"])
    last = line.join(providerId=shop.provider["id"])
    line.free(1)
    assert line.scan() == 1
    assert line.offered(last) == AT_TEN


def test_longer_service_waits_for_enough_time(line: Line) -> None:
    longer = line.shop.add_service(name="Long massage", duration=120)
    first = line.join(serviceId=longer["id"])
    line.free(0)
    assert line.scan() == 0
    line.free(1)
    assert line.scan() == 1
    assert line.offered(first) == AT_NINE


def test_moved_away_time_is_offered(line: Line) -> None:
    entry = line.join()
    path = f"/v1/appointments/{line.booked[0]['id']}/reschedule"
    line.shop.booking.post(path, {"startTime": "2027-03-24T09:00:00+01:00"})
    assert line.scan() == 1
    assert line.offered(entry) == AT_NINE


def test_time_of_a_lapsed_hold_is_offered(line: Line) -> None:
    entry = line.join()
    line.free()
    held = {"serviceId": line.shop.service["id"], "startTime": NINE}
    line.shop.booking.post("/v1/holds", held)
    assert line.scan() == 0
    line.clock.pass_by(timedelta(minutes=5))
    assert line.scan() == 1
    assert line.offered(entry) == AT_NINE


def test_who_joins_while_a_time_is_free_is_offered_it(line: Line) -> None:
    line.free(2)
    line.scan()
    entry = line.join()
    assert line.scan() == 1
    assert line.offered(entry) == AT_ELEVEN


def test_dates_are_offered_once_they_can_be_booked(line: Line) -> None:
    service = line.shop.add_service(name="Soon", maxAdvanceBooking=3)
    entry = line.join(serviceId=service["id"], **{"from": "2027-03-27", "to": "2027-03-28"})
    assert line.scan() == 0
    # To the last minute of the 23rd in Berlin, and into the 24th, three days before the first date.
    line.clock.pass_by(timedelta(days=1, hours=15, minutes=59))
    assert line.scan() == 0
    line.clock.pass_by(timedelta(minutes=1))
    assert line.scan() == 1
    assert line.offered(entry) == "2027-03-27T08:00:00Z"


def test_entry_expires_after_its_last_date(line: Line) -> None:
    entry = line.join()
    line.scan()
    line.clock.pass_by(timedelta(days=2, hours=4))
    line.scan()
    assert line.statuses(entry) == ["WAITING"]
    line.clock.pass_by(timedelta(hours=2))
    line.scan()
    assert line.statuses(entry) == ["EXPIRED"]
    assert line.actions(entry) == ["waitlist.joined", "waitlist.expired"]


def test_three_offers_without_an_answer_are_the_last(line: Line) -> None:
    entry = line.join()
    for place in range(3):
        line.free(place)
        assert line.scan() == 1
        line.clock.pass_by(HALF_AN_HOUR)
    assert line.scan() == 0
    assert line.statuses(entry) == ["EXPIRED"]
    line.cannot("accept", entry, "offer_expired")


def test_business_says_how_long_an_offer_stands(line: Line) -> None:
    set_up(line, waitlistOfferMinutes=90)
    entry = line.join()
    line.free()
    line.scan()
    line.clock.pass_by(timedelta(minutes=89))
    line.accept(entry)


def test_offer_ends_when_its_time_begins(line: Line) -> None:
    line.clock.pass_by(timedelta(days=1, minutes=45))
    entry = line.join()
    line.free()
    assert line.scan() == 1
    assert line.read(entry)["offer"]["expiresAt"] == AT_NINE


def test_suspended_business_offers_nothing_until_it_is_back(line: Line) -> None:
    entry = line.join()
    line.free()
    status = "UPDATE tenants SET status = %s WHERE id = %s"
    line.change(status, "SUSPENDED", line.shop.tenant["id"])
    assert line.scan() == 0
    line.change(status, "ACTIVE", line.shop.tenant["id"])
    line.clock.pass_by(timedelta(hours=1))
    assert line.scan() == 1
    assert line.statuses(entry) == ["OFFERED"]


def test_request_for_approval_is_made_by_accepting(line: Line) -> None:
    path = f"/v1/services/{line.shop.service['id']}"
    answered(line.shop.booking.send("PATCH", path, json={"requiresApproval": True}), 200)
    entry = line.join()
    line.free()
    line.scan()
    booked = line.accept(entry)
    assert (booked["status"], booked["requiresApproval"]) == ("SCHEDULED", True)
    assert line.statuses(entry) == ["BOOKED"]


def test_form_is_asked_before_the_time_is_given(line: Line) -> None:
    path = f"/v1/services/{line.shop.service['id']}/parameters"
    field = {"name": "age", "label": "Your age", "type": "NUMBER", "required": True}
    line.shop.booking.post(path, field)
    entry = line.join()
    line.free()
    line.scan()
    refused = line.answer(entry, "accept")
    assert (refused.status_code, refused.json()["code"]) == (422, "validation_failed")
    assert line.statuses(entry) == ["OFFERED"]
    line.accept(entry, {"parameters": {"age": 41}})


def test_accepting_needs_a_plan_that_books(line: Line) -> None:
    entry = line.join()
    line.free()
    line.scan()
    paused = "UPDATE tenants SET subscription_status = 'PAUSED' WHERE id = %s"
    line.change(paused, line.shop.tenant["id"])
    assert line.answer(entry, "accept").status_code == 402
    assert line.answer(entry, "decline").status_code == 200


def test_time_lost_meanwhile_is_offered_to_nobody(line: Line) -> None:
    entry = line.join()
    line.free()
    line.shop.book(TEN.replace("T10", "T09"))
    assert line.scan() == 0
    assert line.statuses(entry) == ["WAITING"]
    left = line.rows(
        "SELECT count(*) AS due FROM freed_times WHERE tenant_id = %s AND look_at <= %s",
        line.shop.tenant["id"],
        line.clock.now,
    )
    assert left == [{"due": 0}]


def test_place_that_comes_free_in_a_full_session_is_offered(line: Line) -> None:
    shop = line.shop
    course = shop.add_service(name="Yoga", capacity=2)
    start = "2027-03-24T09:00:00+01:00"
    wanted = {"serviceId": course["id"], "providerId": shop.provider["id"]}
    opened = {"date": "2027-03-24", "type": "AVAILABLE", "startTime": "09:00", "endTime": "10:00"}
    shop.add_override(shop.provider, **opened)
    booked = [shop.book(start, **wanted) for _ in range(2)]
    entry = line.join(serviceId=course["id"], **{"from": "2027-03-24", "to": "2027-03-24"})
    assert line.scan() == 0
    shop.booking.post(f"/v1/appointments/{booked[0]['id']}/cancel", status=200)
    assert line.scan() == 1
    shop.refused(start, 409, "slot_unavailable", **wanted)
    assert line.accept(entry)["startTime"] == "2027-03-24T08:00:00Z"
