"""Reading appointments with their parts, in any order, changing their texts, and as a calendar file."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from icalendar import Calendar
from tests.api_clients import Apis, Client, Clock, Shop, answered, open_shop

from .bookings import (
    ELEVEN,
    NINE,
    TEN,
    act,
    actions_on,
    change_settings,
    move,
    path_of,
    public_path,
    reread,
)

PARTS = ("customer", "service", "provider", "location", "parameters", "participants")
_TEXTS = {"title": "First", "notes": "Knee", "internalNotes": "Late"}


def test_parts_are_there_when_they_are_asked_for(shop: Shop) -> None:
    booked = shop.book(NINE, participants=[{"name": "Alan"}])
    bare = reread(shop, booked)
    assert not bare.keys() & set(PARTS)
    whole = reread(shop, booked, include=",".join(PARTS))
    assert {name: whole[name] for name in bare} == bare
    same = (("customer", "customers"), ("service", "services"), ("provider", "providers"))
    for part, collection in (*same, ("location", "locations")):
        path = f"/v1/{collection}/{booked[f'{part}Id']}"
        assert whole[part] == shop.booking.get(path)
    assert whole["parameters"] == []
    assert [each["name"] for each in whole["participants"]] == ["Alan"]
    some = reread(shop, booked, include="customer,service")
    assert some.keys() - bare.keys() == {"customer", "service"}
    (listed,) = shop.booking.get("/v1/appointments", include=",".join(PARTS))["items"]
    assert listed == whole


@pytest.mark.parametrize("include", ["tenant", "customer,", "customer, service", "Customer", "%00"])
def test_only_known_parts_can_be_asked_for(shop: Shop, include: str) -> None:
    booked = shop.book(NINE)
    answer = shop.booking.send("GET", path_of(booked), params={"include": include})
    if include == "customer,":
        assert answer.status_code == 200
        return
    problem = answered(answer, 422)
    assert problem["errors"][0]["pointer"] == "query:include"
    for path in (path_of(booked), "/v1/appointments"):
        shop.booking.refused("GET", path, 422, "validation_failed", params={"include": include})


def test_with_parts_there_is_no_etag(shop: Shop) -> None:
    booked = shop.book(NINE)
    assert "etag" in shop.booking.send("GET", path_of(booked)).headers
    query = {"include": "customer"}
    assert "etag" not in shop.booking.send("GET", path_of(booked), params=query).headers


@pytest.mark.parametrize("sort", ["startTime", "-startTime", "bookedAt", "-bookedAt", None])
def test_list_is_sorted_over_its_pages(shop: Shop, clock: Clock, sort: str | None) -> None:
    minutes = count(1)
    for start in (TEN, NINE, ELEVEN, "2027-03-24T09:00:00+01:00", "2027-03-22T11:00:00+01:00"):
        shop.book(start)
        clock.pass_by(timedelta(minutes=next(minutes)))
    query: dict[str, Any] = {"limit": 2} | ({"sort": sort} if sort else {})
    found, cursor = [], None
    while True:
        page = shop.booking.get(
            "/v1/appointments", **query, **({"cursor": cursor} if cursor else {})
        )
        found += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    key = (sort or "startTime").removeprefix("-")
    moments = [datetime.fromisoformat(each[key]) for each in found]
    assert len(moments) == 5
    assert moments == sorted(moments, reverse=bool(sort and sort.startswith("-")))


def test_cursor_is_good_for_its_own_order(shop: Shop) -> None:
    for start in (TEN, NINE):
        shop.book(start)
    cursor = shop.booking.get("/v1/appointments", limit=1)["nextCursor"]
    for sort in ("-startTime", "bookedAt"):
        query = {"cursor": cursor, "sort": sort}
        shop.booking.refused("GET", "/v1/appointments", 422, "validation_failed", params=query)
    query = {"sort": "price"}
    shop.booking.refused("GET", "/v1/appointments", 422, "validation_failed", params=query)


def test_texts_are_changed_by_version(shop: Shop, apis_database: Any) -> None:
    booked = shop.book(NINE, **_TEXTS)
    tag = {"If-Match": shop.booking.send("GET", path_of(booked)).headers["etag"]}
    change = {"title": "Second", "notes": "", "internalNotes": None}
    answer = shop.booking.send("PATCH", path_of(booked), json=change, headers=tag)
    changed = answered(answer, 200)
    assert (changed["title"], changed["notes"]) == ("Second", None)
    assert changed["internalNotes"] == "Late"
    assert changed == reread(shop, booked)
    assert answer.headers["etag"] != tag["If-Match"]
    stale = {"json": {"title": "Third"}, "headers": tag}
    shop.booking.refused("PATCH", path_of(booked), 412, "version_conflict", **stale)
    assert actions_on(apis_database, booked) == ["appointment.booked", "appointment.changed"]


@pytest.mark.parametrize("change", [{"startTime": TEN}, {"status": "CANCELLED"}, {"price": "1.00"}])
def test_nothing_else_is_changed(shop: Shop, change: Any) -> None:
    path = path_of(shop.book(NINE))
    shop.booking.refused("PATCH", path, 422, "validation_failed", json=change)


def test_appointment_of_another_business_is_not_found(shop: Shop, apis: Apis) -> None:
    foreign = path_of(open_shop(apis).book(NINE))
    for action in ("confirm", "check-in", "start", "complete", "no-show", "cancel"):
        shop.booking.refused("POST", f"{foreign}/{action}", 404, "not_found")
    body = {"startTime": NINE}
    shop.booking.refused("POST", f"{foreign}/reschedule", 404, "not_found", json=body)
    shop.booking.refused("PATCH", foreign, 404, "not_found", json={"title": "x"})
    shop.booking.refused("GET", f"{foreign}/calendar.ics", 404, "not_found")


def event_in(api: Client, path: str) -> tuple[Any, Any]:
    """The calendar and its one event."""
    answer = api.send("GET", f"{path}/calendar.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert 'filename="appointment.ics"' in answer.headers["content-disposition"]
    calendar = Calendar.from_ical(answer.text)
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_calendar_file_follows_the_appointment(shop: Shop) -> None:
    booked = shop.book(NINE, internalNotes="Pays late")
    calendar, first = event_in(shop.booking, path_of(booked))
    assert calendar["method"] == "PUBLISH"
    assert first["dtstart"].dt == datetime.fromisoformat(NINE)
    assert first["dtend"].dt == datetime.fromisoformat(TEN)
    assert (str(first["uid"]), first["sequence"]) == (booked["id"], 0)
    assert shop.service["name"] in first["summary"]
    assert shop.location["city"] in first["location"]
    moved = move(shop.booking, booked, ELEVEN)
    anybody = shop.booking.with_token(None)
    for api, path in (
        (shop.booking, path_of(booked)),
        (shop.booking, path_of(moved)),
        (anybody, public_path(booked["confirmationCode"])),
        (anybody, public_path(moved["confirmationCode"])),
    ):
        _, event = event_in(api, path)
        assert (str(event["uid"]), event["sequence"]) == (booked["id"], 1)
        assert event["dtstart"].dt == datetime.fromisoformat(ELEVEN)
        assert "Pays late" not in event.to_ical().decode()
    act(shop.booking, moved, "cancel")
    calendar, event = event_in(shop.booking, path_of(booked))
    assert (calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 2)


def test_calendar_file_says_what_is_only_requested(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True, "isOnline": True})
    change_settings(shop, slotInterval=60)
    _, event = event_in(shop.booking, path_of(shop.book(NINE)))
    assert event["status"] == "TENTATIVE"
    assert "location" not in event
