"""Two act on one appointment at one moment: it goes as if one had come after the other."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement, count
from typing import Any
from uuid import UUID

import pytest
from tests.api_clients import Apis, Clock, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.approvals import expire_request
from sloty_shared.database import Database

from .bookings import NINE, actions_on, kinds, path_of, public_path, reread, set_status
from .test_life import ACTIONS

PAIRS = list(combinations_with_replacement(ACTIONS, 2))
# As the audit names them.
AUDITED = {
    "confirm": "appointment.confirmed",
    "check-in": "appointment.checked_in",
    "start": "appointment.started",
    "complete": "appointment.completed",
    "cancel": "appointment.cancelled",
    "no-show": "appointment.missed",
    "reschedule": "appointment.rescheduled",
}
_hours = count(1)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returns; all of them begin at one moment."""
    together = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        together.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def one_after_the_other(status: str, *actions: str) -> tuple[tuple[bool, ...], str]:
    """Which of them the table lets happen in this order, and what becomes of it."""
    happened = []
    for action in actions:
        becomes, allowed = ACTIONS[action]
        happened.append(status in allowed)
        status = becomes if status in allowed else status
    return tuple(happened), status


def acting(shop: Shop, booked: Any, action: str) -> Callable[[], int]:
    later = datetime(2028, 1, 1, tzinfo=UTC) + timedelta(hours=2 * next(_hours))
    moved = {"startTime": later.isoformat(), "ignoreAvailability": True}
    body = moved if action == "reschedule" else None
    path = path_of(booked, action)
    return lambda: shop.booking.send("POST", path, json=body).status_code


@pytest.mark.parametrize("status", ["SCHEDULED", "CONFIRMED", "CHECKED_IN", "IN_PROGRESS"])
def test_pairs_of_actions_happen_as_in_some_order(
    shop: Shop, apis_database: DatabaseUrls, clock: Clock, status: str, *, long_run: bool
) -> None:
    """Of two that the table excludes exactly one happens, and all that happens is in the audit."""
    concerned = [
        pair for pair in PAIRS if long_run or any(status in ACTIONS[one][1] for one in pair)
    ]
    start = datetime(2027, 3, 23, 8, tzinfo=UTC)
    booked = [
        shop.book((start + timedelta(hours=place)).isoformat(), ignoreAvailability=True)
        for place in range(len(concerned))
    ]
    clock.pass_by(timedelta(days=7))
    for (one, other), each in zip(concerned, booked, strict=True):
        set_status(apis_database, each, status)
        answers = at_once([acting(shop, each, action) for action in (one, other)])
        assert set(answers) <= {200, 201, 409}
        happened = tuple(answer != 409 for answer in answers)
        first, first_status = one_after_the_other(status, one, other)
        second, second_status = one_after_the_other(status, other, one)
        became = reread(shop, each)["status"]
        assert (happened, became) in {(first, first_status), (second[::-1], second_status)}
        done = [AUDITED[action] for action, did in zip((one, other), happened, strict=True) if did]
        assert Counter(actions_on(apis_database, each)) == Counter(["appointment.booked", *done])
        told = ["BOOKED", *(["CANCELLED"] if AUDITED["cancel"] in done else [])]
        assert kinds(shop, each) == told


@pytest.fixture
def asking(apis: Apis) -> Shop:
    """A shop whose one service is only requested."""
    return open_shop(apis, service={"requiresApproval": True})


def test_request_is_approved_by_one_of_many(asking: Shop, apis_database: DatabaseUrls) -> None:
    booked = asking.book(NINE)
    answers = at_once([acting(asking, booked, "confirm")] * 8)
    assert Counter(answers) == {200: 1, 409: 7}
    assert kinds(asking, booked) == ["REQUESTED", "CONFIRMED"]
    assert actions_on(apis_database, booked) == ["appointment.booked", "appointment.confirmed"]


@pytest.mark.parametrize("_round", range(3))
def test_request_is_approved_or_declined(asking: Shop, _round: int) -> None:
    booked = asking.book(NINE)
    answers = at_once([acting(asking, booked, action) for action in ("confirm", "cancel")])
    told = {
        # What was approved first can still be cancelled; what was declined cannot be approved.
        (200, 200): ["REQUESTED", "CONFIRMED", "CANCELLED"],
        (409, 200): ["REQUESTED", "DECLINED"],
    }
    assert kinds(asking, booked) == told[answers[0], answers[1]]


@pytest.mark.parametrize("_round", range(3))
def test_request_is_withdrawn_or_declined(asking: Shop, _round: int) -> None:
    booked = asking.book(NINE)
    anybody = asking.booking.with_token(None)
    path = public_path(booked["confirmationCode"], "cancel")
    withdraw = lambda: anybody.send("POST", path).status_code  # noqa: E731 - One of two calls.
    answers = at_once([withdraw, acting(asking, booked, "cancel")])
    told = {(200, 409): "CANCELLED", (409, 200): "DECLINED"}[answers[0], answers[1]]
    assert kinds(asking, booked) == ["REQUESTED", told]


@pytest.mark.parametrize("_round", range(3))
def test_request_expires_or_is_answered(
    asking: Shop, clock: Clock, apis_database: DatabaseUrls, _round: int
) -> None:
    booked = asking.book(NINE)
    clock.now = datetime.fromisoformat(NINE)
    worker = Database(apis_database.app_url, pool_size=1)

    def expire() -> bool:
        with worker.transaction(UUID(asking.tenant["id"])) as session:
            return expire_request(session, UUID(booked["id"]), clock.now)

    expired, answer = at_once([expire, acting(asking, booked, "confirm")])
    worker.dispose()
    told = {(True, 409): "DECLINED", (False, 200): "CONFIRMED"}[expired, answer]
    assert kinds(asking, booked) == ["REQUESTED", told]


def test_providers_share_the_bookings_of_one_moment(shop: Shop) -> None:
    """These do not see each other, and yet nobody gets them all."""
    for provider in (shop.provider, *(shop.add_provider(shop.location) for _ in range(3))):
        shop.open_daily(provider, "00:00", "24:00")
    midnight = datetime.fromisoformat(NINE).replace(hour=0)
    wishes = [
        shop.request((midnight + timedelta(hours=hour)).isoformat(), providerId=None)
        for hour in range(16)
    ]

    def booking(wish: Any) -> Callable[[], str]:
        return lambda: str(shop.booking.post("/v1/appointments", wish)["providerId"])

    chosen = Counter(at_once([booking(wish) for wish in wishes]))
    assert sum(chosen.values()) == 16
    assert max(chosen.values()) <= 10, chosen
