"""Many clients want the same at one moment, over two API processes: one gets it, nobody hangs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.api_clients import PASSWORD, Apis, Shop, customer, in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, Reply, api_process, rush
from tests.crowd import CROWDED_SECONDS, without_deadlocks

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres

CLIENTS = 30
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=7)


@pytest.fixture(scope="module")
def rush_database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """A database in which no deadlock has been counted when all is over."""
    with without_deadlocks(postgres, migrated_template) as database:
        yield database


@pytest.fixture(scope="module")
def both_apis(rush_database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    """Both APIs in this process, to describe what the clients then want."""
    with in_process(settings_of(rush_database.app_url, apis_broker.url)) as apis:
        apis.clock.now = datetime.now(UTC)
        yield apis


@pytest.fixture(scope="module")
def processes(
    rush_database: DatabaseUrls,
    apis_broker: ScratchBroker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sequence[ApiProcess]]:
    """Two processes of the booking API."""
    where = ("sloty_booking", rush_database.app_url, apis_broker.url)
    directory = tmp_path_factory.mktemp("rush")
    with api_process(*where, directory) as one, api_process(*where, directory) as other:
        yield one, other


@pytest.fixture
def open_shop_now(both_apis: Apis) -> Shop:
    """A shop in UTC, open from 9 to 18 every day."""
    shop = open_shop(both_apis, timezone="UTC")
    shop.open_daily(shop.provider, "09:00", "18:00")
    return shop


def book_at_once(
    processes: Sequence[ApiProcess], shop: Shop, bodies: Sequence[Any]
) -> tuple[list[Reply], list[Reply]]:
    """Those who booked and those who came too late; nobody got another answer or waited long."""
    replies = rush(processes, shop.booking.token, "/v1/appointments", bodies)
    assert len(replies) == len(bodies)
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert set(counted) <= {(201, None), (409, "slot_unavailable")}, counted
    assert max(reply.seconds for reply in replies) < CROWDED_SECONDS
    booked = [reply for reply in replies if reply.status == 201]
    return booked, [reply for reply in replies if reply.status == 409]


def test_one_slot_is_booked_once(processes: Sequence[ApiProcess], open_shop_now: Shop) -> None:
    bodies = [open_shop_now.request(NOON.isoformat()) for _ in range(CLIENTS)]
    booked, late = book_at_once(processes, open_shop_now, bodies)
    assert (len(booked), len(late)) == (1, CLIENTS - 1)
    assert open_shop_now.booking.get("/v1/appointments")["items"] == [booked[0].body]
    for reply in late:
        starts = [slot["startTime"] for slot in reply.body["nextSlots"]]
        assert starts
        assert booked[0].body["startTime"] not in starts


def test_overlapping_times_are_never_both_booked(
    processes: Sequence[ApiProcess], open_shop_now: Shop
) -> None:
    change = {"settings": {"slotInterval": 15}}
    assert open_shop_now.booking.send("PATCH", "/v1/tenant", json=change).is_success
    starts = [NOON + timedelta(minutes=15 * (place % 10)) for place in range(CLIENTS)]
    bodies = [open_shop_now.request(start.isoformat()) for start in starts]
    booked, late = book_at_once(processes, open_shop_now, bodies)
    held = sorted(datetime.fromisoformat(reply.body["startTime"]) for reply in booked)
    hour = timedelta(hours=1)
    assert all(next_one - one >= hour for one, next_one in pairwise(held))
    refused = set(starts) - set(held)
    assert len(booked) + len(late) == CLIENTS
    for start in refused:
        assert any(abs(start - other) < hour for other in held), "Refused without a reason."


def test_any_provider_is_booked_once_each(
    processes: Sequence[ApiProcess], open_shop_now: Shop
) -> None:
    other = open_shop_now.add_provider(open_shop_now.location, hours=("12:00", "13:00"))
    bodies = [open_shop_now.request(NOON.isoformat(), providerId=None) for _ in range(CLIENTS)]
    booked, _ = book_at_once(processes, open_shop_now, bodies)
    providers = sorted(reply.body["providerId"] for reply in booked)
    assert providers == sorted([open_shop_now.provider["id"], other["id"]])


def test_new_customer_of_many_bookings_is_added_once(
    processes: Sequence[ApiProcess], open_shop_now: Shop
) -> None:
    person = customer(email="Everywhere@Mail.Example")
    others = [person | {"email": email} for email in (person["email"].lower(), person["email"])]
    starts = [NOON + timedelta(days=place, hours=hour) for place in range(3) for hour in range(4)]
    bodies = [
        open_shop_now.request(start.isoformat(), customer=others[place % 2])
        for place, start in enumerate(starts)
    ]
    booked, late = book_at_once(processes, open_shop_now, bodies)
    assert (len(booked), late) == (len(starts), [])
    assert len({reply.body["customerId"] for reply in booked}) == 1
    assert len(open_shop_now.booking.get("/v1/customers")["items"]) == 1


def test_appointment_is_cancelled_by_one_of_many(
    processes: Sequence[ApiProcess], open_shop_now: Shop
) -> None:
    booked = open_shop_now.book(NOON.isoformat())
    path = f"/v1/appointments/{booked['id']}/cancel"
    replies = rush(processes, open_shop_now.booking.token, path, [{}] * 10)
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert counted == {(200, None): 1, (409, "invalid_transition"): 9}
    query = {"appointmentId": booked["id"]}
    messages = open_shop_now.booking.get("/v1/notifications", **query)["items"]
    assert [message["kind"] for message in messages] == ["BOOKED", "CANCELLED"]


def test_services_given_are_replaced_by_each_in_turn(
    processes: Sequence[ApiProcess], open_shop_now: Shop
) -> None:
    path = f"/v1/providers/{open_shop_now.provider['id']}/services"
    body = {"serviceIds": [open_shop_now.service["id"]]}
    replies = rush(processes, open_shop_now.booking.token, path, [body] * 10, method="PUT")
    assert [(reply.status, reply.body) for reply in replies] == [(200, body)] * 10


@pytest.mark.parametrize("taken", ["slug", "email"])
def test_slug_and_address_are_taken_once(processes: Sequence[ApiProcess], taken: str) -> None:
    bodies = [
        {
            "tenantName": "A",
            "slug": "wanted-by-all" if taken == "slug" else f"own-slug-{place}",
            "email": f"u{place}@u.example" if taken == "slug" else "Own@Mail.Example".swapcase(),
            "password": PASSWORD,
            "name": "A",
        }
        for place in range(8)
    ]
    replies = rush(processes, None, "/v1/signup", bodies)
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert counted == {(201, None): 1, (409, f"{taken}_taken"): 7}
