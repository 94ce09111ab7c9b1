"""The life of an appointment: from which status to which, when, by whom, and who is told."""

from datetime import timedelta
from typing import Any

import pytest
from tests.api_clients import Apis, Client, Clock, Shop, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .bookings import (
    ELEVEN,
    NINE,
    TEN,
    act,
    actions_on,
    change_settings,
    kinds,
    path_of,
    reread,
    set_status,
)
from .people import Post, accept, join

STATUSES = (
    "SCHEDULED",
    "CONFIRMED",
    "CHECKED_IN",
    "IN_PROGRESS",
    "COMPLETED",
    "CANCELLED",
    "NO_SHOW",
    "RESCHEDULED",
)
# What each action makes of an appointment, and from which statuses.
ACTIONS = {
    "confirm": ("CONFIRMED", {"SCHEDULED"}),
    "check-in": ("CHECKED_IN", {"SCHEDULED", "CONFIRMED"}),
    "start": ("IN_PROGRESS", {"CHECKED_IN"}),
    "complete": ("COMPLETED", {"IN_PROGRESS"}),
    "cancel": ("CANCELLED", {"SCHEDULED", "CONFIRMED", "CHECKED_IN"}),
    "no-show": ("NO_SHOW", {"SCHEDULED", "CONFIRMED"}),
    "reschedule": ("RESCHEDULED", {"SCHEDULED", "CONFIRMED"}),
}
LATER = "2027-04-20T09:00:00+02:00"


@pytest.mark.parametrize("status", STATUSES)
def test_only_the_tables_transitions_happen(
    shop: Shop, apis_database: DatabaseUrls, clock: Clock, status: str
) -> None:
    """Of the 64 pairs those that end in SCHEDULED have no action: nothing leads back there."""
    booked = {
        action: shop.book(f"2027-03-{day}T09:00:00+01:00")
        for day, action in zip(range(22, 29), ACTIONS, strict=False)
    } | {"reschedule": shop.book("2027-03-27T10:00:00+01:00")}
    clock.pass_by(timedelta(days=14))
    for action, (becomes, allowed) in ACTIONS.items():
        set_status(apis_database, booked[action], status)
        before = reread(shop, booked[action])
        body = {"startTime": LATER} if action == "reschedule" else {}
        path = path_of(booked[action], action)
        if status in allowed:
            shop.booking.post(path, body, status=201 if body else 200)
            assert reread(shop, before)["status"] == becomes
            continue
        problem = shop.booking.refused("POST", path, 409, "invalid_transition", json=body)
        assert (problem["fromStatus"], problem["toStatus"]) == (status, becomes)
        assert reread(shop, before) == before
        assert kinds(shop, before) == ["BOOKED"]


def test_nothing_leads_back_to_scheduled(shop: Shop) -> None:
    body = {"status": "SCHEDULED"}
    booked = shop.book(NINE)
    shop.booking.refused("PATCH", path_of(booked), 422, "validation_failed", json=body)


def test_nothing_is_over_before_it_starts(shop: Shop, clock: Clock) -> None:
    missed, done = shop.book(NINE), shop.book(TEN)
    for action in ("check-in", "start"):
        act(shop.booking, done, action)
    clock.now += timedelta(hours=24, minutes=59, seconds=59)
    shop.booking.refused("POST", path_of(missed, "no-show"), 409, "too_early")
    shop.booking.refused("POST", path_of(done, "complete"), 409, "too_early")
    clock.now += timedelta(seconds=1)
    assert act(shop.booking, missed, "no-show")["status"] == "NO_SHOW"
    clock.now += timedelta(hours=1)
    assert act(shop.booking, done, "complete")["status"] == "COMPLETED"


def test_whole_life_is_audited_and_told_once(
    shop: Shop, clock: Clock, apis_database: DatabaseUrls
) -> None:
    booked = shop.book(NINE)
    for action in ("confirm", "check-in", "start"):
        act(shop.booking, booked, action)
    clock.pass_by(timedelta(days=2))
    act(shop.booking, booked, "complete")
    assert kinds(shop, booked) == ["BOOKED"]
    assert actions_on(apis_database, booked) == [
        "appointment.booked",
        "appointment.confirmed",
        "appointment.checked_in",
        "appointment.started",
        "appointment.completed",
    ]


def test_time_is_free_when_nobody_comes(shop: Shop, clock: Clock) -> None:
    booked = shop.book(NINE)
    clock.pass_by(timedelta(days=1, hours=1, minutes=5))
    half_past = "2027-03-23T09:30:00+01:00"
    shop.refused(half_past, 409, "slot_unavailable", ignoreAvailability=True)
    act(shop.booking, booked, "no-show")
    shop.book(half_past, ignoreAvailability=True)


def own_shop(apis: Apis, post: Post) -> tuple[Shop, Client, Any, Client]:
    """A shop whose provider has a log-in, and a customer's user with theirs."""
    shop = open_shop(apis)
    _, provider = accept(shop.booking, post, shop.provider["user"]["email"])
    user, api = join(shop, post, "USER")
    return shop, provider, user, api


def test_provider_leads_own_appointments_only(apis: Apis, post: Post) -> None:
    shop, provider, _, _ = own_shop(apis, post)
    other = shop.add_provider(shop.location)
    mine, foreign = shop.book(NINE), shop.book(NINE, providerId=other["id"])
    for action in ("confirm", "check-in", "start"):
        assert act(provider, mine, action)["internalNotes"] is None
        provider.refused("POST", path_of(foreign, action), 404, "not_found")
    provider.refused("POST", path_of(foreign, "cancel"), 404, "not_found")
    assert reread(shop, foreign)["status"] == "SCHEDULED"


def test_user_confirms_and_cancels_own_appointments_only(apis: Apis, post: Post) -> None:
    shop, _, user, api = own_shop(apis, post)
    mine = shop.book(NINE, customer=customer(email=user["email"].upper()))
    foreign = shop.book(TEN)
    for action in ACTIONS:
        body = {"startTime": ELEVEN} if action == "reschedule" else None
        api.refused("POST", path_of(foreign, action), 404, "not_found", json=body)
    for action in ("check-in", "start", "complete", "no-show"):
        api.refused("POST", path_of(mine, action), 403, "forbidden")
    assert act(api, mine, "confirm")["status"] == "CONFIRMED"
    assert act(api, mine, "cancel", {"reason": "ill"})["cancellationReason"] == "ill"


def test_user_never_sees_internal_notes(apis: Apis, post: Post) -> None:
    shop, provider, user, api = own_shop(apis, post)
    own = customer(email=user["email"])
    mine = shop.book(NINE, customer=own, internalNotes="Pays late")
    query = {"include": "customer,participants"}
    answers = [
        api.get(path_of(mine)),
        api.get(path_of(mine), **query),
        *api.get("/v1/appointments", **query)["items"],
        act(api, mine, "confirm"),
        api.post("/v1/appointments", {"serviceId": mine["serviceId"], "startTime": TEN}),
        api.post(path_of(mine, "reschedule"), {"startTime": ELEVEN}),
    ]
    for answer in answers:
        assert "internalNotes" not in answer
        assert "Pays late" not in str(answer)
    assert provider.get(path_of(mine))["internalNotes"] == "Pays late"


def test_user_books_for_themselves(apis: Apis, post: Post) -> None:
    shop, _, user, api = own_shop(apis, post)
    wanted = {"serviceId": shop.service["id"], "startTime": NINE}
    booked = api.post("/v1/appointments", wanted)
    found = shop.booking.get(f"/v1/customers/{booked['customerId']}")
    assert found["email"] == user["email"]
    assert booked["bookedBy"] == user["id"]
    for more in ({"internalNotes": "x"}, {"ignoreAvailability": True}, {"customer": customer()}):
        body = wanted | {"startTime": TEN} | more
        api.refused("POST", "/v1/appointments", 403, "forbidden", json=body)


def test_customer_cancels_until_the_cutoff(apis: Apis, post: Post, clock: Clock) -> None:
    shop, provider, user, api = own_shop(apis, post)
    change_settings(shop, cancellationCutoffHours=24)
    own = customer(email=user["email"])
    booked = [shop.book(start, customer=own) for start in (NINE, TEN, ELEVEN)]
    clock.now += timedelta(hours=1)
    assert act(api, booked[0], "cancel")["status"] == "CANCELLED"
    clock.now += timedelta(hours=1, seconds=1)
    anybody = apis.booking
    code = f"/v1/public/appointments/{booked[1]['confirmationCode']}"
    problem = anybody.refused("POST", f"{code}/cancel", 409, "too_late")
    assert problem["until"] == "2027-03-22T09:00:00Z"
    api.refused("POST", path_of(booked[1], "cancel"), 409, "too_late")
    body = {"startTime": "2027-03-25T09:00:00+01:00"}
    api.refused("POST", path_of(booked[1], "reschedule"), 409, "too_late", json=body)
    anybody.refused("POST", f"{code}/reschedule", 409, "too_late", json=body)
    assert reread(shop, booked[1])["status"] == "SCHEDULED"
    assert act(provider, booked[1], "cancel")["status"] == "CANCELLED"
    assert act(shop.booking, booked[2], "cancel")["status"] == "CANCELLED"
