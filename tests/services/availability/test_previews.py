"""Dry runs: who would be left outside, and that nothing is saved."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import UserRole

from .callers import log_in_as

NINE, ELEVEN = "2027-03-23T09:00:00+01:00", "2027-03-23T11:00:00+01:00"


@pytest.fixture
def booked_shop(apis: Apis) -> Shop:
    """Two appointments inside of open time and one that staff put outside of it."""
    shop = open_shop(apis)
    shop.book(NINE)
    shop.book(ELEVEN)
    shop.book("2027-03-24T20:00:00+01:00", ignoreAvailability=True)
    return shop


def preview(shop: Shop, body: Any) -> Any:
    path = f"/v1/providers/{shop.provider['id']}/availability/preview"
    return shop.availability.post(path, body, status=200)


def outside(shop: Shop, body: Any) -> list[tuple[str, str, str | None, bool]]:
    return [
        (item["startTime"], item["reason"], item["blockedBy"], item["alreadyOutside"])
        for item in preview(shop, body)["items"]
    ]


LATE = ("2027-03-24T19:00:00Z", "closed", None, True)


def hours(start: str, end: str) -> dict[str, Any]:
    times = {"startTime": start, "endTime": end}
    return {"week": [{"dayOfWeek": day, **times} for day in range(7)]}


@pytest.mark.parametrize("body", [None, {}, {"week": None, "override": None}])
def test_calendar_as_it_is_leaves_these_outside(booked_shop: Shop, body: Any) -> None:
    assert outside(booked_shop, body) == [LATE]


def test_shorter_week_leaves_the_late_ones_outside(booked_shop: Shop) -> None:
    assert outside(booked_shop, hours("09:00", "11:59")) == [
        ("2027-03-23T10:00:00Z", "closed", None, False),
        LATE,
    ]
    assert outside(booked_shop, hours("09:00", "12:00")) == [LATE]
    assert outside(booked_shop, hours("00:00", "24:00")) == []
    assert len(outside(booked_shop, {"week": []})) == 3


def test_block_leaves_what_it_touches_outside(booked_shop: Shop) -> None:
    block = {"date": "2027-03-23", "type": "SICK"}
    assert outside(
        booked_shop, {"override": block | {"startTime": "08:00", "endTime": "09:01"}}
    ) == [
        ("2027-03-23T08:00:00Z", "blocked", "SICK", False),
        LATE,
    ]
    assert outside(
        booked_shop, {"override": block | {"startTime": "10:00", "endTime": "11:00"}}
    ) == [LATE]
    assert len(outside(booked_shop, {"override": block})) == 3


def test_opening_replaces_the_week_of_its_date(booked_shop: Shop) -> None:
    opening = {"date": "2027-03-23", "type": "AVAILABLE", "startTime": "10:30", "endTime": "13:00"}
    assert outside(booked_shop, {"override": opening}) == [
        ("2027-03-23T08:00:00Z", "closed", None, False),
        LATE,
    ]


def test_dry_run_saves_nothing(booked_shop: Shop) -> None:
    path = f"/v1/providers/{booked_shop.provider['id']}"
    before = booked_shop.availability.get(f"{path}/availability")
    body = hours("20:00", "21:00") | {"override": {"date": "2027-03-23", "type": "SICK"}}
    found = preview(booked_shop, body)
    assert (found["checked"], found["isComplete"]) == (3, True)
    assert booked_shop.availability.get(f"{path}/availability") == before
    assert booked_shop.availability.get(f"{path}/schedule")["items"] == []


def test_cancelled_appointment_is_not_looked_at(booked_shop: Shop) -> None:
    [item] = preview(booked_shop, {})["items"]
    booked_shop.booking.post(f"/v1/appointments/{item['appointmentId']}/cancel", status=200)
    found = preview(booked_shop, {"week": []})
    assert (found["checked"], len(found["items"])) == (2, 2)


def test_bad_hours_are_named_where_they_stand(shop: Shop) -> None:
    path = f"/v1/providers/{shop.provider['id']}/availability/preview"
    body = hours("24:00", "12:00")
    body["week"] = body["week"][:1]
    body["override"] = {"date": "2027-03-23", "type": "AVAILABLE", "startTime": "09:00"}
    problem = shop.availability.refused("POST", path, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [
        "/week/0/startTime",
        "/override/endTime",
    ]


def test_dry_run_needs_the_right_to_see_appointments(
    shop: Shop, apis_database: DatabaseUrls
) -> None:
    path = f"/v1/providers/{shop.provider['id']}/availability/preview"
    granted = log_in_as(apis_database, shop, UserRole.USER, permissions=["schedules:read"])
    granted.refused("POST", path, 403, "forbidden", json={})
