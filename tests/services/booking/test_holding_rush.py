"""Many hold, book and share the same at one moment, over two API processes."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.api_clients import Apis, Shop, open_shop
from tests.api_processes import ApiProcess, Reply, rush
from tests.crowd import CROWDED_SECONDS

from sloty_deploy.scratch import DatabaseUrls

from .bookings import rows
from .test_moving_rush import WRONG_HOLDERS
from .test_rush import (
    CLIENTS,
    NOON,
    both_apis,
    open_shop_now,
    processes,
    rush_database,
)

# The database counts no deadlock when all is over.
__all__ = ["both_apis", "open_shop_now", "processes", "rush_database"]

BOOK, HOLD = "/v1/appointments", "/v1/holds"
CAPACITY = 4
OVERFULL = """
    SELECT seat_group FROM held_times
    GROUP BY seat_group HAVING count(*) > coalesce(max(capacity), 1)
"""


@pytest.fixture
def course_now(both_apis: Apis) -> Shop:
    shop = open_shop(both_apis, timezone="UTC", service={"capacity": CAPACITY})
    shop.open_daily(shop.provider, "09:00", "18:00")
    return shop


def want(shop: Shop, **changes: Any) -> dict[str, Any]:
    body = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    return body | {"startTime": NOON.isoformat()} | changes


def counted(replies: Sequence[Reply]) -> Counter[tuple[int, str | None]]:
    assert max(reply.seconds for reply in replies) < CROWDED_SECONDS
    return Counter((reply.status, reply.body.get("code")) for reply in replies)


@pytest.fixture(autouse=True)
def _whole(rush_database: DatabaseUrls) -> Any:
    yield
    assert [row for row in rows(rush_database, WRONG_HOLDERS) if row["id"] is not None] == []
    assert rows(rush_database, OVERFULL) == []


def test_one_time_is_held_once(processes: Sequence[ApiProcess], open_shop_now: Shop) -> None:
    bodies = [want(open_shop_now)] * CLIENTS
    replies = rush(processes, open_shop_now.booking.token, HOLD, bodies)
    assert counted(replies) == {(201, None): 1, (409, "slot_unavailable"): CLIENTS - 1}


def test_one_hold_makes_one_appointment(
    processes: Sequence[ApiProcess],
    open_shop_now: Shop,
) -> None:
    """Half of those who want the time have the same hold of it."""
    held = open_shop_now.booking.post(HOLD, want(open_shop_now))
    bodies = [
        open_shop_now.request(NOON.isoformat(), **({"holdId": held["id"]} if place % 2 else {}))
        for place in range(CLIENTS)
    ]
    replies = rush(processes, open_shop_now.booking.token, BOOK, bodies)
    assert counted(replies) == {
        (201, None): 1,
        (409, "hold_expired"): CLIENTS // 2 - 1,
        (409, "slot_unavailable"): CLIENTS // 2,
    }
    assert len(open_shop_now.booking.get(BOOK)["items"]) == 1


def test_time_of_expired_holds_is_booked_once(
    processes: Sequence[ApiProcess],
    open_shop_now: Shop,
    both_apis: Apis,
) -> None:
    """Bookings that overlap several holds each find them expired at once."""
    change = {"settings": {"slotInterval": 15}}
    assert open_shop_now.booking.send("PATCH", "/v1/tenant", json=change).is_success
    now = both_apis.clock.now
    both_apis.clock.now = now - timedelta(minutes=6)
    for hour in range(3):
        start = NOON + timedelta(hours=hour)
        open_shop_now.booking.post(HOLD, want(open_shop_now, startTime=start.isoformat()))
    both_apis.clock.now = now
    starts = [NOON + timedelta(minutes=15 * (place % 9)) for place in range(CLIENTS)]
    bodies = [open_shop_now.request(start.isoformat()) for start in starts]
    replies = rush(processes, open_shop_now.booking.token, BOOK, bodies)
    assert set(counted(replies)) == {(201, None), (409, "slot_unavailable")}


@pytest.mark.parametrize("taken", [0, CAPACITY - 1])
def test_places_are_taken_up_to_the_capacity(
    processes: Sequence[ApiProcess],
    course_now: Shop,
    taken: int,
) -> None:
    for _ in range(taken):
        course_now.book(NOON.isoformat())
    bodies = [course_now.request(NOON.isoformat()) for _ in range(CLIENTS)]
    replies = rush(processes, course_now.booking.token, BOOK, bodies)
    free = CAPACITY - taken
    assert counted(replies) == {(201, None): free, (409, "slot_unavailable"): CLIENTS - free}


def test_places_of_any_provider_are_all_taken(
    processes: Sequence[ApiProcess],
    course_now: Shop,
) -> None:
    """The providers are not asked in one order by all, and nobody waits for another in turn."""
    course_now.add_provider(course_now.location, hours=("12:00", "18:00"))
    course_now.book((NOON + timedelta(hours=1)).isoformat())
    bodies = [course_now.request(NOON.isoformat(), providerId=None) for _ in range(CLIENTS)]
    replies = rush(processes, course_now.booking.token, BOOK, bodies)
    places = 2 * CAPACITY
    assert counted(replies) == {(201, None): places, (409, "slot_unavailable"): CLIENTS - places}


def test_session_and_another_service_never_share_a_time(
    processes: Sequence[ApiProcess],
    course_now: Shop,
) -> None:
    alone = course_now.add_service(name="Alone")
    bodies = [
        course_now.request(NOON.isoformat(), **({"serviceId": alone["id"]} if place % 2 else {}))
        for place in range(CLIENTS)
    ]
    replies = rush(processes, course_now.booking.token, BOOK, bodies)
    done = counted(replies)
    assert set(done) == {(201, None), (409, "slot_unavailable")}
    services = [each["serviceId"] for each in course_now.booking.get(BOOK)["items"]]
    assert services in ([alone["id"]], [course_now.service["id"]] * CAPACITY)
