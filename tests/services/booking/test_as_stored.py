"""What is answered and recorded of a booking is written down before it is stored, and is true then."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.api_clients import Apis, Shop, open_shop
from tests.factories import owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.audit import snapshot
from sloty_shared.models import Appointment, AuditEvent

from .bookings import NINE, TEN, move, path_of


def book(shop: Shop) -> Any:
    return shop.book(NINE, title="First visit", notes="The left knee.")


def book_what_is_held(shop: Shop) -> Any:
    wish = {"serviceId": shop.service["id"], "providerId": shop.provider["id"], "startTime": NINE}
    held = shop.booking.post("/v1/holds", wish)
    return shop.book(NINE, holdId=held["id"])


def book_and_move(shop: Shop) -> Any:
    return move(shop.booking, shop.book(NINE), TEN)


SERVICES: dict[str, dict[str, Any]] = {
    "alone": {"price": "49.50", "currency": "EUR", "bufferTime": 10},
    "with others": {"capacity": 3},
    "on request": {"requiresApproval": True},
}
WAYS = (book, book_what_is_held, book_and_move)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("way", WAYS)
def test_new_appointment_is_stored_as_it_was_answered_and_recorded(
    apis: Apis, apis_database: DatabaseUrls, way: Callable[[Shop], Any], service: str
) -> None:
    shop = open_shop(apis, service=SERVICES[service])
    # Somebody who has the first place, where there are several.
    if service == "with others":
        shop.book(NINE)
    booked = way(shop)
    assert shop.booking.get(path_of(booked)) == booked
    with owner_session(apis_database.owner_url) as session:
        stored = session.get_one(Appointment, UUID(booked["id"]))
        recorded = select(AuditEvent.after).where(AuditEvent.entity_id == stored.id)
        assert list(session.scalars(recorded)) == [snapshot(stored)]
