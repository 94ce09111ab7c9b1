"""Cancelling a provider's day: what stands on that date there, and one message to each person."""

from typing import Any

import pytest
from tests.api_clients import Shop, customer

from sloty_deploy.scratch import DatabaseUrls

from .bookings import NINE, TEN, act, kinds, messages, path_of, set_status

DAY = "2027-03-23"


def cancel_day(shop: Shop, **body: Any) -> Any:
    path = f"/v1/providers/{shop.provider['id']}/cancel-day"
    return shop.booking.post(path, {"date": DAY} | body, status=200)


def test_day_is_cancelled_with_notices(shop: Shop) -> None:
    person = customer()
    mine = [shop.book(start, customer=person) for start in (NINE, TEN)]
    other = shop.book("2027-03-23T11:00:00+01:00")
    next_day = shop.book("2027-03-24T09:00:00+01:00")
    told = cancel_day(shop, reason="Ill")
    assert (told["timezone"], told["date"]) == ("Europe/Berlin", DAY)
    assert [each["appointmentId"] for each in told["cancellations"]] == [
        mine[0]["id"],
        mine[1]["id"],
        other["id"],
    ]
    assert {each["status"] for each in told["cancellations"]} == {"CANCELLED"}
    for each, expected in (
        (mine[0], ["BOOKED", "CANCELLED"]),
        # The message about the first names this one too.
        (mine[1], ["BOOKED"]),
        (other, ["BOOKED", "CANCELLED"]),
        (next_day, ["BOOKED"]),
    ):
        assert kinds(shop, each) == expected
    assert shop.booking.get(path_of(mine[1]))["cancellationReason"] == "Ill"


def test_repeated_call_is_harmless(shop: Shop) -> None:
    booked = shop.book(NINE)
    cancel_day(shop)
    before = messages(shop, booked)
    assert cancel_day(shop)["cancellations"] == []
    assert messages(shop, booked) == before


def test_what_is_under_way_stays(shop: Shop, apis_database: DatabaseUrls) -> None:
    under_way, done, coming = (
        shop.book(f"2027-03-23T{hour}:00:00+01:00") for hour in ("09", "10", "11")
    )
    set_status(apis_database, under_way, "IN_PROGRESS")
    act(shop.booking, done, "cancel")
    told = cancel_day(shop)["cancellations"]
    assert [(each["appointmentId"], each["status"], each["rule"]) for each in told] == [
        (under_way["id"], "IN_PROGRESS", "invalid_transition"),
        (coming["id"], "CANCELLED", None),
    ]


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        ("Pacific/Kiritimati", ["2027-03-22T10:30:00Z", "2027-03-23T09:30:00Z"]),
        ("Pacific/Pago_Pago", ["2027-03-23T11:30:00Z", "2027-03-24T10:30:00Z"]),
    ],
)
def test_date_is_the_providers(shop: Shop, zone: str, starts: list[str]) -> None:
    """The first and the last hour of the date there, and an hour on both sides."""
    far = shop.add_location(timezone=zone)
    provider = shop.add_provider(far)
    early = shop.book(
        starts[0].replace(":30:", ":00:").replace("T10", "T09").replace("T11", "T10"),
        providerId=provider["id"],
        ignoreAvailability=True,
    )
    within = [
        shop.book(start, providerId=provider["id"], ignoreAvailability=True) for start in starts
    ]
    path = f"/v1/providers/{provider['id']}/cancel-day"
    told = shop.booking.post(path, {"date": DAY}, status=200)["cancellations"]
    assert [each["appointmentId"] for each in told] == [each["id"] for each in within]
    assert shop.booking.get(path_of(early))["status"] == "SCHEDULED"


def test_guest_of_another_is_told_apart(shop: Shop) -> None:
    """Who has an appointment of their own and comes along to another's gets two messages."""
    person = customer()
    mine = shop.book(NINE, customer=person)
    guest = [{"name": "G", "email": person["email"]}]
    theirs = shop.book(TEN, participants=guest)
    cancel_day(shop)
    told = [each for each in messages(shop, theirs) if each["kind"] == "CANCELLED"]
    assert len(told) == 2
    assert [each["kind"] for each in messages(shop, mine)] == ["BOOKED", "CANCELLED"]
