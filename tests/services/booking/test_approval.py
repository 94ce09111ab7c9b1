"""Requests: they hold their time, only the business answers them, and unanswered ones expire."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.api_clients import NOW, Apis, Client, Clock, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.approvals import UNANSWERED, expire_request
from sloty_shared.database import Database

from .bookings import (
    NEXT_NINE,
    NINE,
    TEN,
    act,
    actions_on,
    change_settings,
    kinds,
    move,
    path_of,
    public_path,
    reread,
    rows,
)


@pytest.fixture
def shop(apis: Apis) -> Shop:
    """A shop whose one service is only requested."""
    return open_shop(apis, service={"requiresApproval": True})


@pytest.fixture
def customer_api(apis: Apis) -> Client:
    """The booking API for somebody with a code and no log-in."""
    return apis.booking


def test_request_holds_its_time_and_is_told_once(shop: Shop) -> None:
    booked = shop.book(NINE)
    assert (booked["status"], kinds(shop, booked)) == ("SCHEDULED", ["REQUESTED"])
    assert NINE not in shop.starts("2027-03-23")
    assert act(shop.booking, booked, "confirm")["status"] == "CONFIRMED"
    assert kinds(shop, booked) == ["REQUESTED", "CONFIRMED"]
    shop.booking.refused("POST", path_of(booked, "confirm"), 409, "invalid_transition")
    assert kinds(shop, booked) == ["REQUESTED", "CONFIRMED"]


def test_customer_does_not_approve(shop: Shop, customer_api: Client) -> None:
    booked = shop.book(NINE)
    path = public_path(booked["confirmationCode"], "confirm")
    customer_api.refused("POST", path, 409, "awaiting_approval")
    assert reread(shop, booked) == booked


def test_business_declines_and_customer_withdraws(shop: Shop, customer_api: Client) -> None:
    declined, withdrawn = shop.book(NINE), shop.book(TEN)
    act(shop.booking, declined, "cancel", {"reason": "on holiday"})
    path = public_path(withdrawn["confirmationCode"], "cancel")
    assert customer_api.post(path, status=200)["status"] == "CANCELLED"
    assert kinds(shop, declined) == ["REQUESTED", "DECLINED"]
    assert kinds(shop, withdrawn) == ["REQUESTED", "CANCELLED"]
    assert {NINE, TEN} < set(shop.starts("2027-03-23"))


def test_approved_appointment_is_cancelled_not_declined(shop: Shop) -> None:
    booked = shop.book(NINE)
    act(shop.booking, booked, "confirm")
    act(shop.booking, booked, "cancel")
    assert kinds(shop, booked) == ["REQUESTED", "CONFIRMED", "CANCELLED"]


def test_move_by_the_business_keeps_its_approval(shop: Shop) -> None:
    requested, approved = shop.book(NINE), shop.book(TEN)
    act(shop.booking, approved, "confirm")
    moved = move(shop.booking, approved, NEXT_NINE)
    assert (moved["status"], kinds(shop, moved)) == ("CONFIRMED", ["RESCHEDULED"])
    moved = move(shop.booking, requested, TEN)
    assert (moved["status"], kinds(shop, moved)) == ("SCHEDULED", ["REQUESTED"])


def test_move_by_the_customer_is_a_request_again(shop: Shop, customer_api: Client) -> None:
    booked = shop.book(NINE)
    act(shop.booking, booked, "confirm")
    path = public_path(booked["confirmationCode"], "reschedule")
    moved = customer_api.post(path, {"startTime": TEN})
    assert (moved["status"], kinds(shop, moved)) == ("SCHEDULED", ["REQUESTED"])
    customer_api.refused(
        "POST", public_path(moved["confirmationCode"], "confirm"), 409, "awaiting_approval"
    )


def test_unanswered_request_expires_at_its_start(
    shop: Shop, clock: Clock, apis_database: DatabaseUrls
) -> None:
    unanswered, answered = shop.book(NINE), shop.book(TEN)
    act(shop.booking, answered, "confirm")
    clock.now = datetime.fromisoformat(NINE) - timedelta(seconds=1)
    assert expire(apis_database, shop, clock.now) == []
    clock.now += timedelta(seconds=1)
    assert expire(apis_database, shop, clock.now) == [unanswered["id"]]
    after = reread(shop, unanswered)
    assert (after["status"], after["cancellationReason"]) == ("CANCELLED", UNANSWERED)
    assert kinds(shop, unanswered) == ["REQUESTED", "DECLINED"]
    assert actions_on(apis_database, unanswered)[-1] == "appointment.expired"
    clock.now += timedelta(days=9)
    assert expire(apis_database, shop, clock.now) == []
    assert reread(shop, answered)["status"] == "CONFIRMED"


def test_requests_expire_earlier_where_the_business_says_so(
    shop: Shop, clock: Clock, apis_database: DatabaseUrls
) -> None:
    change_settings(shop, approvalExpiryHours=2)
    booked = shop.book(NINE)
    moved = move(shop.booking, booked, NEXT_NINE)
    clock.now = NOW + timedelta(hours=2)
    assert expire(apis_database, shop, clock.now) == [moved["id"]]
    assert NINE in shop.starts("2027-03-23")
    assert NEXT_NINE in shop.starts("2027-03-24")


def test_request_is_answered_or_expires_but_not_both(
    shop: Shop, clock: Clock, apis_database: DatabaseUrls
) -> None:
    booked = shop.book(NINE)
    clock.now = datetime.fromisoformat(NINE)
    (due,) = due_requests(apis_database, shop, clock.now)
    act(shop.booking, booked, "confirm")
    database = Database(apis_database.app_url, pool_size=1)
    with database.transaction(UUID(shop.tenant["id"])) as session:
        assert not expire_request(session, due, clock.now)
    database.dispose()
    assert kinds(shop, booked) == ["REQUESTED", "CONFIRMED"]


def test_only_requests_wait_for_an_answer(apis: Apis, apis_database: DatabaseUrls) -> None:
    booked = open_shop(apis).book(NINE)
    (row,) = rows(apis_database, "SELECT * FROM appointments WHERE id = %s", booked["id"])
    assert row["answer_by"] is None


def due_requests(database: DatabaseUrls, shop: Shop, now: datetime) -> list[UUID]:
    """What the door names of this shop, as a worker asks it."""
    worker = Database(database.app_url, pool_size=1)
    with worker.transaction() as session:
        found: Any = session.execute(
            text("SELECT tenant_id, appointment_id FROM expired_requests(:now, 100)"), {"now": now}
        ).all()
    worker.dispose()
    return [row.appointment_id for row in found if str(row.tenant_id) == shop.tenant["id"]]


def expire(database: DatabaseUrls, shop: Shop, now: datetime) -> list[str]:
    """Expire what is due of this shop, as a worker does."""
    worker = Database(database.app_url, pool_size=1)
    done = []
    for appointment_id in due_requests(database, shop, now):
        with worker.transaction(UUID(shop.tenant["id"])) as session:
            if expire_request(session, appointment_id, now):
                done.append(str(appointment_id))
    worker.dispose()
    return done
