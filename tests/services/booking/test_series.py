"""Booking a series: all or some of its occurrences, by the rules of single bookings, told of in one mail."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, customer, open_shop
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls

from .bookings import NINE, act, actions_on, kinds, messages, path_of, rows

SERIES = "/v1/appointments/series"
# Berlin's clocks go forward on the 28th: nine o'clock is an hour earlier in UTC from then on.
WEEKLY = [f"2027-{day}T{hour}:00:00Z" for day, hour in (("03-23", "08"), ("03-30", "07"))]


def book_series(shop: Shop, rule: str, start: str = NINE, **changes: Any) -> Any:
    return shop.booking.post(SERIES, shop.request(start, rule=rule, **changes))


def refused_series(shop: Shop, rule: str, status: int, code: str, **changes: Any) -> Any:
    start = changes.pop("startTime", NINE)
    body = shop.request(start, rule=rule, **changes)
    return shop.booking.refused("POST", SERIES, status, code, json=body)


def appointments_of(shop: Shop, series: Any, **query: Any) -> list[Any]:
    found = shop.booking.get("/v1/appointments", seriesId=series["id"], limit=200, **query)
    return list(found["items"])


def test_series_keeps_its_wall_time(shop: Shop) -> None:
    series = book_series(shop, "RRULE:freq=weekly;count=2")
    assert (series["rule"], series["timezone"]) == ("FREQ=WEEKLY;COUNT=2", "Europe/Berlin")
    told = series.pop("occurrences")
    assert [each["startTime"] for each in told] == WEEKLY
    assert [each["localTime"][11:] for each in told] == ["09:00:00"] * 2
    assert {each["rule"] for each in told} == {None}
    booked = appointments_of(shop, series)
    assert [each["id"] for each in booked] == [each["appointmentId"] for each in told]
    assert [each["startTime"] for each in booked] == WEEKLY
    assert {each["seriesId"] for each in booked} == {series["id"]}
    assert len({each["confirmationCode"] for each in booked}) == 2
    assert shop.booking.get(f"{SERIES}/{series['id']}") == series


def test_each_appointment_is_whole(shop: Shop, apis_database: DatabaseUrls) -> None:
    field = {"name": "reason", "label": "Reason", "type": "TEXT", "required": True}
    shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)
    whole: dict[str, Any] = {
        "parameters": {"reason": "pain"},
        "participants": [{"name": "Alan"}],
        "title": "T",
    }
    refused_series(shop, "FREQ=WEEKLY;COUNT=2", 422, "validation_failed")
    series = book_series(shop, "FREQ=WEEKLY;COUNT=2", **whole)
    for each in appointments_of(shop, series, include="parameters,participants"):
        assert [answer["value"] for answer in each["parameters"]] == ["pain"]
        assert [guest["name"] for guest in each["participants"]] == ["Alan"]
        assert each["title"] == "T"
        assert actions_on(apis_database, each) == ["appointment.booked"]
    assert actions_on(apis_database, series) == ["series.booked"]


def test_one_message_tells_of_all(shop: Shop, apis_database: DatabaseUrls) -> None:
    hook = {"url": "https://hooks.example.com/", "events": ["appointment.booked"]}
    shop.booking.post("/v1/webhooks", hook)
    guests = [{"name": "A", "email": "alan@people.example"}]
    series = book_series(shop, "FREQ=WEEKLY;COUNT=2", participants=guests)
    first, second = appointments_of(shop, series)
    told = messages(shop, first)
    assert [(each["kind"], each["channel"]) for each in told] == [
        ("BOOKED", "EMAIL"),
        ("BOOKED", "EMAIL"),
        ("BOOKED", "WEBHOOK"),
    ]
    assert [each["participantId"] is None for each in told] == [True, False, True]
    assert [each["channel"] for each in messages(shop, second)] == ["WEBHOOK"]
    query = "SELECT payload FROM notifications WHERE id = %s"
    [row] = rows(apis_database, query, told[0]["id"])
    assert row["payload"] == {"appointmentIds": [first["id"], second["id"]]}


def test_requests_are_requested(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    first, second = appointments_of(shop, book_series(shop, "FREQ=DAILY;COUNT=2"))
    assert (kinds(shop, first), kinds(shop, second)) == (["REQUESTED"], [])


@pytest.fixture
def half_taken(shop: Shop) -> Shop:
    """The second of three days is taken, and on the third the provider is ill."""
    shop.book("2027-03-24T09:00:00+01:00")
    shop.add_override(shop.provider, date="2027-03-25", type="SICK")
    return shop


def test_reject_books_nothing(half_taken: Shop) -> None:
    before = half_taken.booking.get("/v1/customers")
    problem = refused_series(half_taken, "FREQ=DAILY;COUNT=3", 409, "series_conflict")
    told = problem["occurrences"]
    assert [(each["localTime"], each["rule"]) for each in told] == [
        ("2027-03-24T09:00:00", "slot_unavailable"),
        ("2027-03-25T09:00:00", "outside_availability"),
    ]
    assert told[0]["startTime"] == "2027-03-24T08:00:00Z"
    assert told[0]["nextSlots"][0]["startTime"] == "2027-03-24T09:00:00Z"
    assert len(half_taken.booking.get("/v1/appointments")["items"]) == 1
    assert half_taken.booking.get("/v1/customers") == before


def test_skip_books_the_others(half_taken: Shop) -> None:
    series = book_series(half_taken, "FREQ=DAILY;COUNT=4", onConflict="skip")
    told = series["occurrences"]
    rules = [None, "slot_unavailable", "outside_availability", None]
    assert [each["rule"] for each in told] == rules
    assert [each["appointmentId"] is None for each in told] == [bool(rule) for rule in rules]
    assert len(appointments_of(half_taken, series)) == 2


def test_all_refused_is_refused(half_taken: Shop) -> None:
    late = {"startTime": "2027-03-25T09:00:00+01:00", "onConflict": "skip"}
    refused_series(half_taken, "FREQ=DAILY;COUNT=1", 422, "series_not_bookable", **late)


def test_skipped_hour_is_no_occurrence(shop: Shop) -> None:
    for day in range(7):
        shop.add_rule(shop.provider, dayOfWeek=day, startTime="00:30", endTime="05:30")
    start = "2027-03-27T02:30:00+01:00"
    [gap] = refused_series(shop, "FREQ=DAILY;COUNT=3", 422, "series_not_bookable", startTime=start)[
        "occurrences"
    ]
    assert (gap["localTime"], gap["startTime"]) == ("2027-03-28T02:30:00", None)
    series = book_series(shop, "FREQ=DAILY;COUNT=3", start, onConflict="skip")
    assert [each["rule"] for each in series["occurrences"]] == [None, "outside_availability", None]


def test_occurrences_stand_in_each_others_way(apis: Apis) -> None:
    shop = open_shop(apis, service={"duration": 60, "bufferTime": 24 * 60})
    series = book_series(shop, "FREQ=DAILY;COUNT=4", onConflict="skip")
    assert [each["rule"] is None for each in series["occurrences"]] == [True, False, True, False]


def test_each_occurrence_gets_a_free_provider(shop: Shop) -> None:
    other = shop.add_provider(shop.location)
    shop.book("2027-03-24T09:00:00+01:00")
    series = book_series(shop, "FREQ=DAILY;COUNT=2", providerId=None)
    assert appointments_of(shop, series)[1]["providerId"] == other["id"]


def test_zone_must_be_clear(shop: Shop) -> None:
    far = shop.add_location(timezone="Asia/Tokyo")
    shop.add_provider(far)
    rule = "FREQ=DAILY;COUNT=2"
    problem = refused_series(shop, rule, 422, "validation_failed", providerId=None)
    assert [error["pointer"] for error in problem["errors"]] == ["/locationId"]
    here = {"providerId": None, "locationId": shop.location["id"]}
    assert book_series(shop, rule, **here)["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"rule": "FREQ=WEEKLY"}, ["/rule"]),
        ({"rule": 7, "onConflict": "x"}, ["/rule", "/onConflict"]),
        ({"rule": "FREQ=HOURLY;COUNT=2", "serviceId": "x"}, ["/serviceId", "/rule"]),
        ({"rule": "FREQ=DAILY;UNTIL=20270801"}, ["/rule"]),
        ({"rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=2"}, ["/startTime"]),
        ({"startTime": "2027-03-23T09:00:00.5+01:00"}, ["/startTime"]),
        ({"startTime": "2027-03-23T09:00:00"}, ["/startTime"]),
    ],
)
def test_every_fault_is_named(shop: Shop, changes: dict[str, Any], pointers: list[str]) -> None:
    body = shop.request(NINE, rule="FREQ=WEEKLY;COUNT=2") | changes
    problem = shop.booking.refused("POST", SERIES, 422, "validation_failed", json=body)
    assert sorted(error["pointer"] for error in problem["errors"]) == sorted(pointers)


def test_unknown_provider_is_not_found(shop: Shop, apis: Apis) -> None:
    foreign = open_shop(apis)
    refused_series(shop, "FREQ=DAILY;COUNT=2", 404, "not_found", providerId=foreign.provider["id"])


def test_repeated_request_books_once(shop: Shop) -> None:
    body = shop.request(NINE, rule="FREQ=WEEKLY;COUNT=2")
    key = {"Idempotency-Key": "again"}
    answers = [shop.booking.send("POST", SERIES, json=body, headers=key) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert answers[0].headers["location"].endswith(answers[0].json()["id"])
    assert len(shop.booking.get("/v1/appointments")["items"]) == 2


def test_statements_grow_by_three_an_occurrence(shop: Shop) -> None:
    """Calendar, taking of the time and audit; all else is one statement for all of them."""
    person = shop.booking.post("/v1/customers", customer())
    counted = []
    for count, hour in ((2, "09"), (12, "10")):
        body = shop.request(
            f"2027-03-23T{hour}:00:00+01:00",
            rule=f"FREQ=DAILY;COUNT={count}",
            customer=None,
            customerId=person["id"],
        )
        with statements(shop.booking) as sent:
            shop.booking.post(SERIES, body)
        counted.append(len(sent))
    assert counted[1] - counted[0] == 3 * 10, counted
    assert counted[0] <= 20, counted


def test_one_of_a_series_lives_its_own_life(shop: Shop) -> None:
    first, second = appointments_of(shop, book_series(shop, "FREQ=DAILY;COUNT=2"))
    act(shop.booking, first, "cancel")
    body = {"startTime": "2027-03-25T10:00:00+01:00"}
    moved = shop.booking.post(path_of(second, "reschedule"), body)
    assert moved["seriesId"] == second["seriesId"]
