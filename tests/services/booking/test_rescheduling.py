"""Moving an appointment: what goes along, what does not, and that it happens whole or not at all."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, answered, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .bookings import (
    ELEVEN,
    NEXT_NINE,
    NINE,
    TEN,
    act,
    actions_on,
    change_rows,
    change_settings,
    kinds,
    messages,
    move,
    path_of,
    reread,
    rows,
)
from .people import Post, accept, join

# What a move keeps as it was booked.
KEPT = (
    "title",
    "notes",
    "internalNotes",
    "timezone",
    "serviceId",
    "providerId",
    "locationId",
    "customerId",
    "price",
    "currency",
)


def test_move_links_both_and_keeps_the_rest(apis: Apis) -> None:
    shop = open_shop(apis, service={"price": "49.50", "currency": "EUR", "bufferTime": 5})
    texts = {"title": "First", "notes": "Knee", "internalNotes": "Late", "timezone": "Asia/Tokyo"}
    old = shop.book(NINE, **texts)
    answer = shop.booking.send("POST", path_of(old, "reschedule"), json={"startTime": ELEVEN})
    new = answered(answer, 201)
    assert answer.headers["location"] == path_of(new)
    assert shop.booking.get(answer.headers["location"]) == new
    after = reread(shop, old)
    assert (after["status"], after["rescheduledToId"]) == ("RESCHEDULED", new["id"])
    assert (new["status"], new["rescheduledFromId"]) == ("SCHEDULED", old["id"])
    assert {name: new[name] for name in KEPT} == {name: old[name] for name in KEPT}
    assert (new["startTime"], new["endTime"]) == ("2027-03-23T10:00:00Z", "2027-03-23T11:00:00Z")
    assert new["confirmationCode"] != old["confirmationCode"]


def test_move_frees_the_old_time_and_holds_the_new(shop: Shop) -> None:
    old = shop.book(NINE)
    move(shop.booking, old, ELEVEN)
    assert shop.starts("2027-03-23") == [NINE, TEN]
    shop.refused(ELEVEN, 409, "slot_unavailable")
    shop.book(NINE)


def test_reminders_begin_anew(shop: Shop, apis_database: DatabaseUrls) -> None:
    old = shop.book(NINE)
    counted = "UPDATE appointments SET reminders_sent = 2, last_reminder_at = now() WHERE id = %s"
    change_rows(apis_database, counted, old["id"])
    new = move(shop.booking, old, TEN)
    assert (new["remindersSent"], new["lastReminderAt"]) == (0, None)
    assert reread(shop, old)["remindersSent"] == 2


def test_move_is_told_and_audited_once(shop: Shop, apis_database: DatabaseUrls) -> None:
    old = shop.book(NINE)
    new = move(shop.booking, old, TEN)
    assert kinds(shop, old) == ["BOOKED"]
    (message,) = messages(shop, new)
    assert message["kind"] == "RESCHEDULED"
    assert message["recipient"] == messages(shop, old)[0]["recipient"]
    assert actions_on(apis_database, old) == ["appointment.booked", "appointment.rescheduled"]
    assert actions_on(apis_database, new) == ["appointment.rescheduled"]


def test_calendar_entry_lives_on_over_moves(shop: Shop, apis_database: DatabaseUrls) -> None:
    first = moved = shop.book(NINE)
    query = "SELECT calendar_uid, calendar_sequence FROM appointments WHERE id = %s"
    for sequence, start in enumerate((TEN, ELEVEN, NEXT_NINE), start=1):
        moved = move(shop.booking, moved, start)
        (row,) = rows(apis_database, query, moved["id"])
        assert (str(row["calendar_uid"]), row["calendar_sequence"]) == (first["id"], sequence)


def test_answers_and_participants_go_along(shop: Shop) -> None:
    for name in ("age", "reason"):
        field = {"name": name, "label": name.title(), "type": "TEXT"}
        shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)
    given = {"parameters": {"reason": "pain", "age": "41"}}
    comes = {"name": "Alan", "email": "alan@people.example", "relationship": "brother"}
    old = shop.book(NINE, participants=[comes], **given)
    new = move(shop.booking, old, TEN)
    query = {"include": "parameters,participants"}
    before, after = reread(shop, old, **query), reread(shop, new, **query)
    for kept in (before, after):
        assert [each["parameterName"] for each in kept["parameters"]] == ["age", "reason"]
        assert [each["value"] for each in kept["parameters"]] == ["41", "pain"]
        (participant,) = kept["participants"]
        assert {name: participant[name] for name in comes} == comes
    told = [(each["kind"], each["recipient"]) for each in messages(shop, new)]
    assert ("RESCHEDULED", "alan@people.example") in told
    assert len(told) == 2


@pytest.mark.parametrize(
    "start",
    ["2027-03-23T10:15:00+01:00", "2027-03-23T10:45:00+01:00", "2027-03-23T11:30:00+01:00"],
)
def test_own_old_time_does_not_stand_in_the_way(apis: Apis, start: str) -> None:
    """Overlapping from either side, and touching with the buffer."""
    shop = open_shop(apis, service={"bufferTime": 30})
    change_settings(shop, slotInterval=15)
    old = shop.book("2027-03-23T10:30:00+01:00")
    if start.startswith("2027-03-23T11:30"):
        shop.add_override(
            shop.provider, date="2027-03-23", type="AVAILABLE", startTime="09:00", endTime="14:00"
        )
    new = move(shop.booking, old, start)
    shop.refused("2027-03-23T10:30:00+01:00", 409, "slot_unavailable")
    assert reread(shop, old)["rescheduledToId"] == new["id"]


def test_same_time_can_be_taken_again(shop: Shop) -> None:
    old = shop.book(NINE)
    new = move(shop.booking, old, NINE)
    assert new["startTime"] == old["startTime"]
    shop.refused(NINE, 409, "slot_unavailable")


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        (TEN, 409, "slot_unavailable"),
        ("2027-03-23T10:30:00+01:00", 422, "not_a_slot"),
        ("2027-03-23T03:00:00+01:00", 422, "outside_availability"),
        ("2027-03-22T07:30:00+01:00", 422, "too_soon"),
    ],
)
def test_refused_move_changes_nothing(
    shop: Shop, apis_database: DatabaseUrls, start: str, status: int, code: str
) -> None:
    old = shop.book(NINE)
    other = shop.book(TEN)
    path, body = path_of(old, "reschedule"), {"startTime": start}
    problem = shop.booking.refused("POST", path, status, code, json=body)
    assert problem["rule"] == code
    assert problem["nextSlots"]
    assert reread(shop, old) == old
    assert kinds(shop, old) == ["BOOKED"]
    assert actions_on(apis_database, old) == ["appointment.booked"]
    offered = problem["nextSlots"][0]["startTime"]
    assert move(shop.booking, old, offered)["startTime"] == offered
    assert reread(shop, other) == other


def test_duration_and_price_stay_as_booked(apis: Apis) -> None:
    shop = open_shop(apis, service={"price": "49.50", "bufferTime": 10})
    old = shop.book(NINE)
    shop.booking.send(
        "PATCH",
        f"/v1/services/{shop.service['id']}",
        json={"duration": 15, "price": "99.00", "bufferTime": 0},
    )
    new = move(shop.booking, old, "2027-03-23T10:15:00+01:00")
    assert (new["endTime"], new["price"]) == ("2027-03-23T10:15:00Z", "49.50")
    # What is left of the hour after it, and its buffer, is too short for a longer one.
    assert "2027-03-23T11:15:00+01:00" not in shop.starts("2027-03-23")


def test_move_goes_to_another_provider(shop: Shop) -> None:
    other = shop.add_provider(shop.add_location(timezone="Europe/London"))
    old = shop.book(NINE)
    path, body = path_of(old, "reschedule"), {"startTime": NINE, "providerId": other["id"]}
    shop.booking.refused("POST", path, 422, "outside_availability", json=body)
    new = move(shop.booking, old, TEN, providerId=other["id"])
    assert (new["providerId"], new["locationId"]) == (other["id"], other["locationId"])
    shop.book(NINE)


def test_unknown_provider_is_not_found(shop: Shop, apis: Apis) -> None:
    old = shop.book(NINE)
    path = path_of(old, "reschedule")
    for provider in (old["id"], open_shop(apis).provider["id"]):
        body = {"startTime": TEN, "providerId": provider}
        shop.booking.refused("POST", path, 404, "not_found", json=body)
    assert reread(shop, old) == old


def test_staff_moves_to_any_time_but_over_no_other(shop: Shop) -> None:
    old, other = shop.book(NINE), shop.book(TEN)
    night = "2027-03-23T03:00:00+01:00"
    moved = move(shop.booking, old, night, ignoreAvailability=True)
    assert moved["ignoredAvailability"]
    body = {"startTime": "2027-03-23T10:30:00+01:00", "ignoreAvailability": True}
    shop.booking.refused("POST", path_of(moved, "reschedule"), 409, "slot_unavailable", json=body)
    assert reread(shop, other) == other


def test_provider_and_user_move_their_own(apis: Apis, post: Post) -> None:
    shop = open_shop(apis)
    _, provider = accept(shop.booking, post, shop.provider["user"]["email"])
    user, user_api = join(shop, post, "USER")
    other = shop.add_provider(shop.location)
    mine = shop.book(NINE, customer=customer(email=user["email"]))
    to_other = {"startTime": TEN, "providerId": other["id"]}
    path = path_of(mine, "reschedule")
    provider.refused("POST", path, 403, "forbidden", json=to_other)
    moved = move(provider, mine, TEN)
    ignoring = {"startTime": NINE, "ignoreAvailability": True}
    path = path_of(moved, "reschedule")
    user_api.refused("POST", path, 403, "forbidden", json=ignoring)
    moved = move(user_api, moved, ELEVEN, providerId=other["id"])
    assert (moved["providerId"], moved["bookedBy"]) == (other["id"], user["id"])


def test_moved_appointment_is_moved_no_more(shop: Shop) -> None:
    old = shop.book(NINE)
    move(shop.booking, old, TEN)
    body = {"startTime": ELEVEN}
    shop.booking.refused("POST", path_of(old, "reschedule"), 409, "invalid_transition", json=body)


def test_confirmation_does_not_go_along(shop: Shop) -> None:
    old = shop.book(NINE)
    act(shop.booking, old, "confirm")
    assert move(shop.booking, old, TEN)["status"] == "SCHEDULED"


def test_move_is_replayed_by_its_key(shop: Shop) -> None:
    old = shop.book(NINE)
    request: Any = {"json": {"startTime": TEN}, "headers": {"Idempotency-Key": "move-1"}}
    first = shop.booking.send("POST", path_of(old, "reschedule"), **request)
    again = shop.booking.send("POST", path_of(old, "reschedule"), **request)
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.json(), again.headers["location"]) == (first.json(), first.headers["location"])
