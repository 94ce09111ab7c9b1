"""`GET /v1/slots`: which period is asked for, in which zone, and of whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.api_clients import Apis, Clock, Shop, open_shop

NOTHING = "01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17"


@pytest.fixture(scope="module")
def usual_shop(running_apis: Apis) -> Shop:
    """Open from 9 to 12 in Berlin; nothing is booked."""
    return open_shop(running_apis)


def ask(shop: Shop, **query: Any) -> Any:
    return shop.availability.get("/v1/slots", **{"serviceId": shop.service["id"]} | query)


def refuse(shop: Shop, query: dict[str, str]) -> list[str]:
    """The pointers of what is not valid."""
    asked = {"serviceId": shop.service["id"], "from": "2027-03-23", "to": "2027-03-23"} | query
    problem = shop.availability.refused("GET", "/v1/slots", 422, "validation_failed", params=asked)
    return [error["pointer"] for error in problem["errors"]]


def test_slot_says_when_with_whom_and_where(usual_shop: Shop) -> None:
    listed = ask(usual_shop, **{"from": "2027-03-23", "to": "2027-03-23"})
    assert set(listed) == {"items", "timezone"}
    assert listed["items"][0] == {
        "startTime": "2027-03-23T08:00:00Z",
        "endTime": "2027-03-23T09:00:00Z",
        "providerId": usual_shop.provider["id"],
        "locationId": usual_shop.location["id"],
    }
    assert len(listed["items"]) == 3


def test_zone_is_asked_for_else_of_the_place_else_utc(usual_shop: Shop) -> None:
    day = {"from": "2027-03-23", "to": "2027-03-23"}
    provider = {"providerId": usual_shop.provider["id"]}
    location = {"locationId": usual_shop.location["id"]}
    assert ask(usual_shop, **day)["timezone"] == "UTC"
    for place in (provider, location, provider | location):
        listed = ask(usual_shop, **day, **place)
        assert listed["timezone"] == "Europe/Berlin"
        assert listed["items"][0]["startTime"] == "2027-03-23T09:00:00+01:00"
        assert listed["items"][0]["endTime"] == "2027-03-23T10:00:00+01:00"
        elsewhere = ask(usual_shop, **day, **place, timezone="Asia/Kathmandu")
        assert elsewhere["timezone"] == "Asia/Kathmandu"
        assert elsewhere["items"][0]["startTime"] == "2027-03-23T13:45:00+05:45"


def test_dates_are_days_of_the_zone_asked_for(usual_shop: Shop) -> None:
    """Nine in Berlin is nine in the evening in Auckland, and one in the morning in Denver."""
    for zone, hour in (("Pacific/Auckland", 21), ("America/Denver", 2), ("Europe/Berlin", 9)):
        day = {"from": "2027-03-23", "to": "2027-03-24", "timezone": zone}
        items = ask(usual_shop, **day)["items"]
        assert [item["startTime"][:13] for item in items] == [
            f"2027-03-{date}T{hour + later:02}" for date in (23, 24) for later in range(3)
        ]


@pytest.mark.parametrize(
    ("date", "offsets"),
    [("2027-03-27", {"+01:00"}), ("2027-03-28", {"+01:00", "+02:00"}), ("2027-03-29", {"+02:00"})],
)
def test_day_of_clock_change_is_listed_whole(apis: Apis, date: str, offsets: set[str]) -> None:
    shop = open_shop(apis)
    rule = {"startTime": "00:00", "endTime": "24:00"}
    for day in range(7):
        shop.add_rule(shop.provider, dayOfWeek=day, **rule)
    starts = shop.starts(date)
    assert len(starts) == (23 if len(offsets) == 2 else 24)
    assert {start[-6:] for start in starts} == offsets
    assert starts[0] == f"{date}T00:00:00+01:00" or date == "2027-03-29"
    assert [start[11:13] for start in starts].count("02") == (0 if len(offsets) == 2 else 1)


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        ("2027-03-23T08:00:00Z", "2027-03-23T10:00:00Z", [8, 9]),
        ("2027-03-23T08:00:00.000001Z", "2027-03-23T10:00:00.000001Z", [9, 10]),
        ("2027-03-23T07:59:59Z", "2027-03-23T08:00:01Z", [8]),
        ("2027-03-23T09:00:00+01:00", "2027-03-23T10:00:00+01:00", [8]),
        ("2027-03-23 09:00:00+01:00", "2027-03-23T10:00:00Z", None),
        ("2027-03-23T09:00:00Z", "2027-03-23", [9, 10]),
        ("2027-03-23", "2027-03-23T09:00:00Z", [8]),
        ("2027-03-23T08:00:00Z", "2027-03-23T08:00:00Z", []),
    ],
)
def test_instants_bound_the_starts(
    usual_shop: Shop, first: str, last: str, hours: list[int] | None
) -> None:
    if hours is None:
        assert refuse(usual_shop, {"from": first, "to": last}) == ["query:from"]
        return
    items = ask(usual_shop, **{"from": first, "to": last})["items"]
    assert [item["startTime"] for item in items] == [
        f"2027-03-23T{hour:02}:00:00Z" for hour in hours
    ]


def test_past_is_not_listed(usual_shop: Shop, clock: Clock) -> None:
    clock.now = datetime(2027, 3, 23, 9, 0, 0, 1, tzinfo=UTC)
    assert usual_shop.starts("2027-03-20", "2027-03-23") == ["2027-03-23T11:00:00+01:00"]
    clock.now -= timedelta(microseconds=1)
    assert usual_shop.starts("2027-03-20", "2027-03-23")[0] == "2027-03-23T10:00:00+01:00"


def test_period_has_at_most_62_days(usual_shop: Shop) -> None:
    days = {"from": "2027-03-01", "to": "2027-05-01", "timezone": "Europe/Berlin"}
    assert ask(usual_shop, **days)["items"][-1]["startTime"].startswith("2027-05-01")
    assert refuse(usual_shop, days | {"to": "2027-05-02"}) == ["query:to"]
    instants = {"from": "2027-04-01T00:00:00Z", "to": "2027-06-02T00:00:00Z"}
    ask(usual_shop, **instants)
    assert refuse(usual_shop, instants | {"to": "2027-06-02T00:00:01Z"}) == ["query:to"]
    from_date = {"from": "2027-01-01", "to": "2027-03-04T00:00:00Z", "timezone": "UTC"}
    ask(usual_shop, **from_date)
    assert refuse(usual_shop, from_date | {"to": "2027-03-04T01:00:00Z"}) == ["query:to"]
    to_date = {"from": "2026-12-31T00:00:00Z", "to": "2027-03-02", "timezone": "UTC"}
    ask(usual_shop, **to_date)
    assert refuse(usual_shop, to_date | {"from": "2026-12-30T23:00:00Z"}) == ["query:to"]
    autumn = {"from": "2027-09-01", "to": "2027-11-01", "timezone": "Europe/Berlin"}
    ask(usual_shop, **autumn)
    assert refuse(usual_shop, autumn | {"to": "2027-11-02"}) == ["query:to"]


def test_last_slot_is_one_that_can_be_named(apis: Apis) -> None:
    shop = open_shop(apis, timezone="America/New_York")
    shop.open_daily(shop.provider, "00:00", "24:00")
    assert shop.starts("2200-12-31", "2200-12-31")[-1] == "2200-12-31T18:00:00-05:00"
    last = {"serviceId": shop.service["id"], "after": "2200-12-31T23:00:00Z"}
    shop.availability.refused("GET", "/v1/slots/next", 404, "no_slot", params=last)


def test_zone_may_be_asked_for_as_it_is_spelt(usual_shop: Shop) -> None:
    day = {"from": "2027-03-23", "to": "2027-03-23"}
    assert ask(usual_shop, **day, timezone="Etc/GMT 5")["timezone"] == "Etc/GMT+5"


def test_end_before_start_is_refused(usual_shop: Shop) -> None:
    for first, last in (
        ("2027-03-24", "2027-03-23"),
        ("2027-03-24T00:00:01Z", "2027-03-24T00:00:00Z"),
        ("2027-03-24T00:00:00Z", "2027-03-22"),
    ):
        assert refuse(usual_shop, {"from": first, "to": last}) == ["query:to"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2027-03-23T09:00:00"},
        {"from": "tomorrow"},
        {"to": "2027-02-30"},
        {"to": "9999-12-31"},
        {"timezone": "Berlin"},
        {"timezone": "europe/berlin"},
        {"serviceId": "x"},
        {"providerId": "x"},
    ],
)
def test_bad_query_is_named(usual_shop: Shop, wrong: dict[str, str]) -> None:
    assert refuse(usual_shop, wrong) == [f"query:{next(iter(wrong))}"]


def test_missing_query_is_named_at_once(usual_shop: Shop) -> None:
    problem = usual_shop.availability.refused("GET", "/v1/slots", 422, "validation_failed")
    pointers = {error["pointer"] for error in problem["errors"]}
    assert pointers == {"query:serviceId", "query:from", "query:to"}


@pytest.mark.parametrize("zone", [{}, {"timezone": "Europe/Berlin"}])
@pytest.mark.parametrize("name", ["serviceId", "providerId", "locationId"])
def test_unknown_id_is_not_found(usual_shop: Shop, name: str, zone: dict[str, str]) -> None:
    day = {"serviceId": usual_shop.service["id"], "from": "2027-03-23", "to": "2027-03-23"}
    asked = day | zone | {name: NOTHING}
    usual_shop.availability.refused("GET", "/v1/slots", 404, "not_found", params=asked)


def test_slots_of_all_providers_come_in_time_order(shop: Shop) -> None:
    early = shop.add_provider(shop.location, hours=("08:30", "10:30"))
    items = shop.slots(shop.service, "2027-03-23", "2027-03-24")
    starts = [datetime.fromisoformat(item["startTime"]) for item in items]
    assert starts == sorted(starts)
    assert {item["providerId"] for item in items} == {early["id"], shop.provider["id"]}
    assert len(items) == 10


def test_provider_lists_only_the_services_given(shop: Shop) -> None:
    other = shop.add_service(name="Other")
    path = f"/v1/providers/{shop.provider['id']}/services"
    shop.booking.send("PUT", path, json={"serviceIds": [other["id"]]})
    assert shop.starts("2027-03-23") == []
    assert shop.slots(shop.service, "2027-03-23", "2027-03-23") == []
    assert len(shop.slots(other, "2027-03-23", "2027-03-23")) == 3
    shop.booking.send("PUT", path, json={"serviceIds": []})
    assert len(shop.starts("2027-03-23")) == 3


def test_location_lists_its_own_providers(shop: Shop) -> None:
    away = shop.add_location(name="Away", timezone="America/New_York")
    there = shop.add_provider(away)
    for location, provider in ((shop.location, shop.provider), (away, there)):
        items = shop.slots(shop.service, "2027-03-23", "2027-03-23", locationId=location["id"])
        assert {item["providerId"] for item in items} == {provider["id"]}
        assert {item["locationId"] for item in items} == {location["id"]}
        assert items[0]["startTime"][11:19] == "09:00:00"
    assert shop.starts("2027-03-23", locationId=away["id"]) == []


def test_interval_of_the_business_lays_the_grid(shop: Shop) -> None:
    settings = {"settings": {"slotInterval": 45}}
    shop.booking.send("PATCH", "/v1/tenant", json=settings)
    starts = [start[11:16] for start in shop.starts("2027-03-23")]
    assert starts == ["09:00", "09:45", "10:30"]


def test_slots_are_closed_to_callers_without_log_in(apis: Apis) -> None:
    apis.availability.refused("GET", "/v1/slots", 401, "unauthenticated")


def test_listing_notes_the_use_of_a_key(shop: Shop, clock: Clock) -> None:
    key = shop.booking.post("/v1/api-keys", {"name": "page", "role": "STAFF"})
    query = {"serviceId": shop.service["id"], "from": "2027-03-23", "to": "2027-03-23"}
    for minutes, noted in ((0, "07:00"), (5, "07:00"), (6, "07:11")):
        clock.pass_by(timedelta(minutes=minutes))
        shop.availability.with_token(key["key"]).get("/v1/slots", **query)
        used = shop.booking.get(f"/v1/api-keys/{key['id']}")["lastUsedAt"]
        assert used == f"2027-03-22T{noted}:00Z"
