"""Group sessions: customers share one start up to the capacity, each with an appointment."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api_clients import Apis, Shop, answered, open_shop
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls

from .bookings import (
    ELEVEN,
    NEXT_NINE,
    NINE,
    TEN,
    act,
    book_publicly,
    change_settings,
    kinds,
    move,
    path_of,
    rows,
)

DAY = "2027-03-23"
NIGHT = "2027-03-23T03:00:00+01:00"


@pytest.fixture
def course(apis: Apis) -> Shop:
    """A shop whose service three can share."""
    return open_shop(apis, service={"capacity": 3})


def left(shop: Shop, **query: Any) -> dict[str, int]:
    """The places left by start."""
    asked = {"providerId": shop.provider["id"]} | query
    slots = shop.slots(shop.service, DAY, DAY, **asked)
    return {slot["startTime"]: slot["placesLeft"] for slot in slots}


def change(shop: Shop, **values: Any) -> None:
    path = f"/v1/services/{shop.service['id']}"
    answered(shop.booking.send("PATCH", path, json=values), 200)


def hold(shop: Shop, start: str = NINE, **changes: Any) -> Any:
    body = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    return shop.booking.post("/v1/holds", body | {"startTime": start} | changes)


def seats(database: DatabaseUrls, shop: Shop) -> list[int]:
    query = "SELECT seat FROM held_times WHERE provider_id = %s ORDER BY held_from, seat"
    return [row["seat"] for row in rows(database, query, shop.provider["id"])]


def test_start_is_shared_up_to_the_capacity(course: Shop, apis_database: DatabaseUrls) -> None:
    assert left(course) == {NINE: 3, TEN: 3, ELEVEN: 3}
    booked = [course.book(NINE), book_publicly(course, NINE, providerId=course.provider["id"])]
    assert left(course) == {NINE: 1, TEN: 3, ELEVEN: 3}
    booked.append(course.book(NINE))
    assert left(course) == {TEN: 3, ELEVEN: 3}
    problem = course.refused(NINE, 409, "slot_unavailable")
    assert problem["nextSlots"][0]["startTime"] == "2027-03-23T09:00:00Z"
    course.refused(NINE, 409, "slot_unavailable", ignoreAvailability=True)
    assert len({each["confirmationCode"] for each in booked}) == 3
    assert [kinds(course, each) for each in booked] == [["BOOKED"]] * 3
    assert seats(apis_database, course) == [1, 2, 3]


def test_appointments_name_the_session_that_they_share(course: Shop) -> None:
    """As booked, as read and as listed."""
    alone = course.book(TEN, serviceId=course.add_service(name="Alone")["id"])
    first, second = (course.book(NINE) for _ in range(2))
    assert first["groupSessionId"] == second["groupSessionId"]
    assert first["groupSessionId"] != course.book(ELEVEN)["groupSessionId"]
    for booked in (alone, first):
        assert course.booking.get(path_of(booked))["groupSessionId"] == booked["groupSessionId"]
    listed = course.booking.get("/v1/appointments", limit=1)["items"]
    assert listed[0]["groupSessionId"] is not None
    assert alone["groupSessionId"] is None


def test_places_are_said_of_what_is_shared_alone(course: Shop) -> None:
    alone = course.add_service()
    slots = course.slots(alone, DAY, DAY)
    assert all("placesLeft" not in slot for slot in slots)
    asked = {"after": "2027-03-22T23:00:00+01:00"}
    course.book(NINE)
    for service, places in ((course.service, 2), (alone, None)):
        found = course.availability.get("/v1/slots/next", serviceId=service["id"], **asked)
        assert (found["startTime"], found.get("placesLeft")) == (
            ("2027-03-23T08:00:00Z", places) if places else ("2027-03-23T09:00:00Z", None)
        )


def test_place_is_free_again_when_somebody_leaves(
    course: Shop, apis_database: DatabaseUrls
) -> None:
    first, second, third = (course.book(NINE) for _ in range(3))
    act(course.booking, second, "cancel")
    assert left(course)[NINE] == 1
    course.book(NINE)
    assert seats(apis_database, course) == [1, 2, 3]
    assert NINE not in left(course)
    act(course.booking, first, "cancel")
    act(course.booking, third, "cancel")
    assert left(course)[NINE] == 2


def test_last_to_leave_frees_the_time_for_others(course: Shop) -> None:
    other = course.add_service(name="Alone", duration=90)
    booked = course.book(NINE)
    course.refused(NINE, 409, "slot_unavailable", serviceId=other["id"])
    act(course.booking, booked, "cancel")
    alone = course.book(NINE, serviceId=other["id"])
    assert left(course) == {ELEVEN: 3}
    act(course.booking, alone, "cancel")
    assert left(course) == {NINE: 3, TEN: 3, ELEVEN: 3}


def test_overlapping_starts_are_not_offered(course: Shop) -> None:
    change_settings(course, slotInterval=30)
    course.book("2027-03-23T09:30:00+01:00")
    assert left(course) == {
        "2027-03-23T09:30:00+01:00": 2,
        "2027-03-23T10:30:00+01:00": 3,
        ELEVEN: 3,
    }
    for start in (NINE, TEN):
        course.refused(start, 409, "slot_unavailable")
        course.refused(start, 409, "slot_unavailable", ignoreAvailability=True)


def test_sessions_of_two_services_never_overlap(course: Shop) -> None:
    other = course.add_service(name="Yoga", capacity=5)
    course.book(NINE)
    course.refused(NINE, 409, "slot_unavailable", serviceId=other["id"])
    slots = course.slots(other, DAY, DAY)
    assert [slot["startTime"] for slot in slots] == ["2027-03-23T09:00:00Z", "2027-03-23T10:00:00Z"]


def test_moves_go_in_and_out_of_sessions(course: Shop, apis_database: DatabaseUrls) -> None:
    one, two = course.book(NINE), course.book(NINE)
    for _ in range(2):
        course.book(TEN)
    assert left(course) == {NINE: 1, TEN: 1, ELEVEN: 3}
    moved = move(course.booking, one, TEN)
    assert left(course) == {NINE: 2, ELEVEN: 3}
    path = path_of(two, "reschedule")
    course.booking.refused("POST", path, 409, "slot_unavailable", json={"startTime": TEN})
    assert left(course) == {NINE: 2, ELEVEN: 3}
    move(course.booking, two, NEXT_NINE)
    assert left(course) == {NINE: 3, ELEVEN: 3}
    again = move(course.booking, moved, NINE)
    assert move(course.booking, again, NINE)["startTime"] == again["startTime"]
    assert left(course) == {NINE: 2, TEN: 1, ELEVEN: 3}
    assert seats(apis_database, course) == [1, 1, 2, 1]


def test_places_are_held(course: Shop, apis: Apis) -> None:
    held = [hold(course) for _ in range(2)]
    course.book(NINE)
    assert NINE not in left(course)
    course.refused(NINE, 409, "slot_unavailable")
    body = {"serviceId": course.service["id"], "startTime": NINE}
    course.booking.refused("POST", "/v1/holds", 409, "slot_unavailable", json=body)
    booked = course.book(NINE, holdId=held[0]["id"])
    course.refused(NINE, 409, "hold_expired", holdId=held[0]["id"])
    assert NINE not in left(course)
    apis.clock.pass_by(timedelta(minutes=5))
    assert left(course)[NINE] == 1
    course.book(NINE)
    act(course.booking, booked, "cancel")
    assert left(course)[NINE] == 1


def test_expired_holds_leave_no_session_behind(course: Shop, apis: Apis) -> None:
    hold(course)
    change(course, duration=90)
    apis.clock.pass_by(timedelta(minutes=5))
    booked = course.book(NINE)
    assert booked["endTime"] == "2027-03-23T09:30:00Z"


def test_requests_take_places(course: Shop) -> None:
    change(course, requiresApproval=True)
    one, two = course.book(NINE), course.book(NINE)
    assert left(course)[NINE] == 1
    act(course.booking, one, "confirm")
    act(course.booking, two, "cancel")
    assert left(course)[NINE] == 2
    assert kinds(course, two) == ["REQUESTED", "DECLINED"]


def test_staff_fill_sessions_at_any_time(course: Shop) -> None:
    for _ in range(3):
        course.book(NIGHT, ignoreAvailability=True)
    course.refused(NIGHT, 409, "slot_unavailable", ignoreAvailability=True)
    late = "2027-03-23T03:30:00+01:00"
    course.refused(late, 409, "slot_unavailable", ignoreAvailability=True)


def test_begun_session_is_preferred(course: Shop) -> None:
    other = course.add_provider(course.location)
    course.book(TEN)
    course.book(ELEVEN)
    first = course.book(NINE, providerId=None)
    assert first["providerId"] == other["id"]
    chosen = [course.book(NINE, providerId=None)["providerId"] for _ in range(5)]
    assert chosen == [other["id"]] * 2 + [course.provider["id"]] * 3
    course.refused(NINE, 409, "slot_unavailable", providerId=None)


@pytest.mark.parametrize(("capacity", "expected"), [(5, 3), (2, None), (1, None)])
def test_capacity_changes_while_a_session_stands(
    course: Shop, capacity: int, expected: int | None
) -> None:
    booked = [course.book(NINE), course.book(NINE)]
    change(course, capacity=capacity)
    if capacity > 1:
        assert left(course).get(NINE) == expected
    for _ in range(expected or 0):
        course.book(NINE)
    course.refused(NINE, 409, "slot_unavailable")
    act(course.booking, booked[0], "cancel")
    if capacity > 1:
        course.book(NINE)
    course.refused(NINE, 409, "slot_unavailable")


def test_longer_service_leaves_sessions_as_they_are(course: Shop) -> None:
    booked = course.book(NINE)
    change(course, duration=90)
    assert left(course) == {"2027-03-23T10:30:00+01:00": 3}
    course.refused(NINE, 409, "slot_unavailable")
    moved = move(course.booking, booked, "2027-03-23T10:30:00+01:00")
    assert moved["endTime"] == "2027-03-23T10:30:00Z"
    assert course.book(NINE)["endTime"] == "2027-03-23T09:30:00Z"


def test_capacity_comes_to_a_service_that_is_booked(course: Shop) -> None:
    change(course, capacity=1)
    course.book(NINE)
    change(course, capacity=3)
    assert left(course) == {TEN: 3, ELEVEN: 3}
    course.refused(NINE, 409, "slot_unavailable")


def test_buffer_belongs_to_the_session(course: Shop) -> None:
    change(course, bufferTime=30)
    course.book(NINE)
    course.book(NINE)
    assert left(course) == {NINE: 1, ELEVEN: 3}


def test_places_cost_a_fixed_number_of_statements(course: Shop) -> None:
    for already in range(3):
        request = course.request(NINE)
        with statements(course.booking) as sent:
            course.booking.post("/v1/appointments", request)
        # More than a booking alone by a new customer, and by the lock of the calendar.
        assert len(sent) == 5, (already, sent)
    with statements(course.availability) as sent:
        left(course)
    assert len(sent) == 1, sent
