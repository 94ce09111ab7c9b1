"""Series as they are found again: listed, in the timelines of their appointments, and with files."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, customer
from tests.sent_statements import statements

from sloty_deploy.scratch import DatabaseUrls

from .bookings import NINE, TEN, act, path_of
from .people import Post, register_proven
from .test_days import cancel_day
from .test_series import SERIES, appointments_of, book_series
from .uploads import add_scan, upload

TWICE = "FREQ=DAILY;COUNT=2"


def listed(shop: Shop, **query: Any) -> list[str]:
    return [each["id"] for each in shop.booking.get(SERIES, **query)["items"]]


def test_series_are_listed_by_customer_and_service(shop: Shop) -> None:
    other = shop.add_service(name="Other")
    first = book_series(shop, TWICE)
    second = book_series(shop, TWICE, TEN, serviceId=other["id"])
    assert listed(shop) == [first["id"], second["id"]]
    assert listed(shop, customerId=first["customerId"]) == [first["id"]]
    assert listed(shop, serviceId=other["id"]) == [second["id"]]
    assert listed(shop, serviceId=other["id"], customerId=first["customerId"]) == []
    del first["occurrences"]
    assert shop.booking.get(SERIES, limit=1)["items"] == [first]


def test_list_of_series_has_pages(shop: Shop) -> None:
    ids = [book_series(shop, "FREQ=DAILY;COUNT=1", start)["id"] for start in (NINE, TEN)]
    page = shop.booking.get(SERIES, limit=1)
    assert [each["id"] for each in page["items"]] == ids[:1]
    last = shop.booking.get(SERIES, limit=1, cursor=page["nextCursor"])
    assert [each["id"] for each in last["items"]] == ids[1:]
    assert last["nextCursor"] is None


def test_customer_lists_own_series_alone(
    apis: Apis, shop: Shop, apis_database: DatabaseUrls
) -> None:
    user, me = register_proven(apis, Post(apis_database), shop)
    book_series(shop, TWICE)
    mine = book_series(shop, TWICE, TEN, customer=customer(email=user["email"]))
    assert [each["id"] for each in me.get(SERIES)["items"]] == [mine["id"]]


def told(shop: Shop, booked: Any) -> list[tuple[str, str, bool]]:
    """What people were told already, and whether as a participant."""
    items = shop.booking.get(path_of(booked, "notifications"))["items"]
    return [
        (item["kind"], item["recipient"], item["participantId"] is not None)
        for item in items
        if item["status"] != "PLANNED"
    ]


def test_each_timeline_shows_what_is_told_of_all(shop: Shop) -> None:
    guest = {"name": "A", "email": "alan@people.example"}
    person = customer()
    series = book_series(shop, "FREQ=DAILY;COUNT=3", participants=[guest], customer=person)
    first, second, third = appointments_of(shop, series)
    booked = [("BOOKED", person["email"], False), ("BOOKED", guest["email"], True)]
    assert [told(shop, each) for each in (first, second, third)] == [booked] * 3
    act(shop.booking, second, "cancel")
    assert told(shop, first) == told(shop, third) == booked
    shop.booking.post(f"{SERIES}/{series['id']}/cancel", status=200)
    cancelled = [(kind.replace("BOOKED", "CANCELLED"), *to) for kind, *to in booked]
    assert told(shop, first) == told(shop, third) == booked + cancelled
    assert told(shop, second) == booked + cancelled


def test_timeline_shows_what_a_cancelled_day_shares(shop: Shop) -> None:
    person = customer()
    first, second = (shop.book(start, customer=person) for start in (NINE, TEN))
    other = shop.book("2027-03-23T11:00:00+01:00")
    cancel_day(shop)
    mine = [("BOOKED", person["email"], False), ("CANCELLED", person["email"], False)]
    assert told(shop, first) == told(shop, second) == mine
    assert {address for _, address, _ in told(shop, other)}.isdisjoint({person["email"]})


def test_timeline_costs_the_same_in_a_series(shop: Shop) -> None:
    alone = shop.book(TEN)
    in_series = appointments_of(shop, book_series(shop, "FREQ=DAILY;COUNT=5"))[-1]
    costs = []
    for booked in (alone, in_series):
        with statements(shop.booking) as counted:
            shop.booking.get(path_of(booked, "notifications"))
        costs.append(len(counted))
    assert costs[0] == costs[1]


@pytest.fixture
def file_of_series(shop: Shop) -> tuple[Any, list[Any]]:
    """A file that was given for a series, and the series' appointments."""
    add_scan(shop)
    file = upload(shop.booking)
    series = book_series(shop, TWICE, parameters={"scan": file["id"]})
    return file, appointments_of(shop, series, include="parameters")


def test_file_of_a_series_belongs_to_its_first(
    shop: Shop, file_of_series: tuple[Any, list[Any]]
) -> None:
    file, booked = file_of_series
    for each in booked:
        assert [answer["value"] for answer in each["parameters"]] == [file["id"]]
    assert shop.booking.get(f"/v1/files/{file['id']}")["appointmentId"] == booked[0]["id"]


def test_file_of_a_series_is_given_once(shop: Shop, file_of_series: tuple[Any, list[Any]]) -> None:
    file, _ = file_of_series
    body = shop.request(TEN, rule=TWICE, parameters={"scan": file["id"]})
    problem = shop.booking.refused("POST", SERIES, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == ["/parameters/scan"]
    assert len(listed(shop)) == 1


def test_file_of_a_refused_series_stays_free(shop: Shop) -> None:
    add_scan(shop)
    file = upload(shop.booking)
    shop.book("2027-03-24T09:00:00+01:00")
    given = {"parameters": {"scan": file["id"]}}
    body = shop.request(NINE, rule=TWICE, **given)
    shop.booking.refused("POST", SERIES, 409, "series_conflict", json=body)
    series = book_series(shop, TWICE, TEN, **given)
    first = appointments_of(shop, series)[0]
    assert shop.booking.get(f"/v1/files/{file['id']}")["appointmentId"] == first["id"]
