"""Weekly rules and overrides: what is taken, what is refused, and that slots follow at once."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, open_shop

SUNDAY, MONDAY = 0, 1


@pytest.fixture(scope="module")
def usual_shop(running_apis: Apis) -> Shop:
    return open_shop(running_apis)


def refused_fields(shop: Shop, kind: str, body: Any) -> list[str]:
    path = f"/v1/providers/{shop.provider['id']}/{kind}"
    problem = shop.availability.refused("POST", path, 422, "validation_failed", json=body)
    return [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"dayOfWeek": 7}, ["/dayOfWeek"]),
        ({"dayOfWeek": -1}, ["/dayOfWeek"]),
        ({"dayOfWeek": "1"}, ["/dayOfWeek"]),
        ({"dayOfWeek": True}, ["/dayOfWeek"]),
        ({"startTime": "9:00"}, ["/startTime"]),
        ({"startTime": "24:01", "endTime": "25:00"}, ["/startTime", "/endTime"]),
        ({"startTime": "24:00"}, ["/startTime"]),
        ({"startTime": "09:00:00"}, ["/startTime"]),
        ({"validFrom": "2027-04-01", "validTo": "2027-03-31"}, ["/validTo"]),
        ({"validFrom": "2027-04-01T00:00:00Z"}, ["/validFrom"]),
        ({"providerId": "x"}, ["/providerId"]),
        ({"isActive": "yes"}, ["/isActive"]),
    ],
)
def test_bad_rule_is_named(usual_shop: Shop, change: dict[str, Any], pointers: list[str]) -> None:
    rule = {"dayOfWeek": MONDAY, "startTime": "09:00", "endTime": "17:00"}
    assert refused_fields(usual_shop, "availability", rule | change) == pointers


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"type": "OPEN"}, ["/type"]),
        ({"date": "2027-02-29"}, ["/date"]),
        ({"startTime": "09:00"}, ["/endTime"]),
        ({"endTime": "09:00"}, ["/startTime"]),
        ({"type": "AVAILABLE"}, ["/startTime", "/endTime"]),
        ({"type": "AVAILABLE", "endTime": "09:00"}, ["/startTime"]),
        ({"startTime": "24:00", "endTime": "24:00"}, ["/startTime"]),
        ({"startTime": "x", "endTime": "y"}, ["/startTime", "/endTime"]),
        ({"date": "x", "type": "AVAILABLE"}, ["/date", "/startTime", "/endTime"]),
        (
            {"date": "x", "startTime": "9", "reason": ""},
            ["/date", "/startTime", "/endTime", "/reason"],
        ),
    ],
)
def test_bad_override_is_named(
    usual_shop: Shop, change: dict[str, Any], pointers: list[str]
) -> None:
    override = {"date": "2027-03-23", "type": "SICK"}
    assert refused_fields(usual_shop, "schedule", override | change) == pointers


def test_overnight_rule_opens_the_next_morning(apis: Apis) -> None:
    shop = open_shop(apis)
    shop.add_rule(shop.provider, dayOfWeek=SUNDAY, startTime="23:00", endTime="01:00")
    assert shop.starts("2027-03-28T19:00:00Z", "2027-03-29T05:00:00Z") == [
        "2027-03-28T23:00:00+02:00",
        "2027-03-29T00:00:00+02:00",
    ]


def test_rule_holds_between_its_dates(apis: Apis) -> None:
    shop = open_shop(apis)
    evening = {"startTime": "20:00", "endTime": "21:00"}
    dates = {"validFrom": "2027-03-23", "validTo": "2027-03-24"}
    for day in range(7):
        shop.add_rule(shop.provider, dayOfWeek=day, **evening, **dates)
    starts = [start for start in shop.starts("2027-03-22", "2027-03-26") if "T20" in start]
    assert [start[:10] for start in starts] == ["2027-03-23", "2027-03-24"]


def test_inactive_rule_opens_nothing(apis: Apis) -> None:
    shop = open_shop(apis)
    usual = shop.starts("2027-03-22")
    extra = {"dayOfWeek": MONDAY, "startTime": "20:00", "endTime": "22:00"}
    shop.add_rule(shop.provider, **extra, isActive=False)
    assert shop.starts("2027-03-22") == usual


def test_deleted_rule_and_override_stop_at_once(shop: Shop) -> None:
    path = f"/v1/providers/{shop.provider['id']}"
    usual = shop.starts("2027-03-23")
    block = shop.add_override(shop.provider, date="2027-03-23", type="HOLIDAY")
    assert shop.starts("2027-03-23") == []
    deleted = shop.availability.send("DELETE", f"{path}/schedule/{block['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert shop.starts("2027-03-23") == usual
    for rule in shop.availability.get(f"{path}/availability")["items"]:
        shop.availability.send("DELETE", f"{path}/availability/{rule['id']}")
    assert shop.starts("2027-03-20", "2027-04-20") == []
    gone = f"{path}/schedule/{block['id']}"
    shop.availability.refused("DELETE", gone, 404, "not_found")


def test_rule_of_another_provider_is_not_found(shop: Shop) -> None:
    other = shop.add_provider(shop.location, hours=None)
    rule = shop.add_rule(other, dayOfWeek=1, startTime="09:00", endTime="10:00")
    path = f"/v1/providers/{shop.provider['id']}/availability/{rule['id']}"
    shop.availability.refused("GET", path, 404, "not_found")
    shop.availability.refused("DELETE", path, 404, "not_found")


def test_available_override_replaces_the_rules_of_its_date(shop: Shop) -> None:
    opening = {"date": "2027-03-23", "type": "AVAILABLE"}
    shop.add_override(shop.provider, **opening, startTime="15:00", endTime="16:00")
    shop.add_override(shop.provider, **opening, startTime="16:00", endTime="17:00")
    assert [start[11:16] for start in shop.starts("2027-03-23")] == ["15:00", "16:00"]
    assert [start[11:16] for start in shop.starts("2027-03-24")] == ["09:00", "10:00", "11:00"]


@pytest.mark.parametrize("times", [{}, {"startTime": "09:00", "endTime": "10:00"}])
def test_same_override_twice_is_a_conflict(shop: Shop, times: dict[str, str]) -> None:
    override = {"date": "2027-03-23", "type": "SICK"} | times
    shop.add_override(shop.provider, **override)
    path = f"/v1/providers/{shop.provider['id']}/schedule"
    again = override | {"type": "MEETING"}
    shop.availability.refused("POST", path, 409, "override_exists", json=again)
    shop.add_override(shop.add_provider(shop.location, hours=None), **override)


def test_overrides_are_listed_by_date(apis: Apis) -> None:
    shop = open_shop(apis)
    dates = ["2027-03-25", "2027-03-23", "2027-03-24"]
    for date in dates:
        shop.add_override(shop.provider, date=date, type="SICK")
    path = f"/v1/providers/{shop.provider['id']}/schedule"
    for query, listed in (
        ({}, sorted(dates)),
        ({"from": "2027-03-24"}, ["2027-03-24", "2027-03-25"]),
        ({"to": "2027-03-24"}, ["2027-03-23", "2027-03-24"]),
        ({"from": "2027-03-24", "to": "2027-03-24"}, ["2027-03-24"]),
    ):
        assert [item["date"] for item in shop.availability.get(path, **query)["items"]] == listed


def test_business_hours_cut_and_closed_days_close(apis: Apis) -> None:
    hours = {"tue": [["10:00", "11:00"], ["11:00", "24:00"]], "wed": []}
    shop = open_shop(apis, businessHours=hours)
    assert [start[8:16] for start in shop.starts("2027-03-22", "2027-03-28")] == [
        "23T10:00",
        "23T11:00",
    ]
