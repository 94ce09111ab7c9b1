"""Cancelling: the time is free, the customer is told, and it happens once."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.api_clients import Apis, Clock, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls

NINE = "2027-03-23T09:00:00+01:00"


def cancel(shop: Shop, booked: Any, body: Any = None) -> Any:
    return shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", body, status=200)


@pytest.mark.parametrize("body", [None, {}, {"reason": None}])
def test_reason_may_be_left_out(shop: Shop, body: Any) -> None:
    cancelled = cancel(shop, shop.book(NINE), body)
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("CANCELLED", None)


def test_cancelled_time_can_be_booked_again(shop: Shop) -> None:
    first = shop.book(NINE)
    cancel(shop, first, {"reason": "ill"})
    again = shop.book(NINE)
    assert again["id"] != first["id"]
    assert shop.booking.get(f"/v1/appointments/{first['id']}")["status"] == "CANCELLED"


def test_customer_is_told_of_the_end(shop: Shop) -> None:
    booked = shop.book(NINE)
    cancel(shop, booked)
    messages = shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]
    assert [message["kind"] for message in messages] == ["BOOKED", "CANCELLED"]
    assert len({message["recipient"] for message in messages}) == 1


def test_cancelled_request_is_declined(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    booked = shop.book(NINE)
    cancel(shop, booked)
    messages = shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]
    assert [message["kind"] for message in messages] == ["REQUESTED", "DECLINED"]


def test_appointment_is_cancelled_once(shop: Shop) -> None:
    booked = shop.book(NINE)
    cancelled = cancel(shop, booked, {"reason": "ill"})
    path = f"/v1/appointments/{booked['id']}/cancel"
    other = {"reason": "another"}
    problem = shop.booking.refused("POST", path, 409, "invalid_transition", json=other)
    assert (problem["fromStatus"], problem["toStatus"]) == ("CANCELLED", "CANCELLED")
    assert shop.booking.get(f"/v1/appointments/{booked['id']}") == cancelled
    assert len(shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]) == 2


@pytest.mark.parametrize(
    ("status", "may_be_cancelled"),
    [
        ("SCHEDULED", True),
        ("CONFIRMED", True),
        ("CHECKED_IN", True),
        ("IN_PROGRESS", False),
        ("COMPLETED", False),
        ("NO_SHOW", False),
        ("RESCHEDULED", False),
    ],
)
def test_only_what_stands_can_be_cancelled(
    shop: Shop, apis_database: DatabaseUrls, status: str, *, may_be_cancelled: bool
) -> None:
    booked = shop.book(NINE)
    with psycopg.connect(apis_database.owner_url) as connection:
        connection.execute(
            "UPDATE appointments SET status = %s WHERE id = %s", (status, booked["id"])
        )
    if may_be_cancelled:
        assert cancel(shop, booked)["status"] == "CANCELLED"
    else:
        path = f"/v1/appointments/{booked['id']}/cancel"
        shop.booking.refused("POST", path, 409, "invalid_transition")


def test_begun_appointment_can_be_cancelled(shop: Shop, clock: Clock) -> None:
    booked = shop.book(NINE)
    clock.pass_by(timedelta(days=2))
    assert cancel(shop, booked)["status"] == "CANCELLED"
