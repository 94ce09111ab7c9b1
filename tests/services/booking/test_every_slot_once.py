"""Every one of many slots is wanted by a whole crowd at one moment, and everyone gets an answer."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from typing import Any

import pytest
from tests.api_clients import Apis, Shop, customer, in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, api_process
from tests.crowd import Told, Wish, assert_nobody_waited, contest, without_deadlocks

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres

from .bookings import change_settings, rows

pytestmark = pytest.mark.timeout(3600)

FIRST = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
QUARTER = timedelta(minutes=15)
TAKEN = (409, "slot_unavailable")
GOT_IT = (201, None)
OVERLAPS = """
    SELECT a.id FROM held_times a JOIN held_times b ON a.provider_id = b.provider_id
       AND a.id < b.id AND a.held_from < b.held_until AND b.held_from < a.held_until
       AND a.seat_group <> b.seat_group
"""
# Appointments whose time is held as they say, and holds.
STANDING = """
    SELECT coalesce(h.appointment_id, h.id) AS id FROM held_times h
    LEFT JOIN appointments a ON a.id = h.appointment_id
       AND (a.provider_id, a.start_time) = (h.provider_id, h.held_from)
    WHERE h.tenant_id = %s AND (a.id IS NOT NULL OR h.appointment_id IS NULL)
"""


@dataclass(frozen=True)
class Fair:
    """Some API processes, and how many clients want how many slots of them."""

    processes: Sequence[ApiProcess]
    apis: Apis
    database: DatabaseUrls
    clients: int
    slots: int
    alone: bool

    def open_shop(self, **service: Any) -> Shop:
        """A shop that is open day and night and gives a quarter of an hour."""
        shop = open_shop(self.apis, service={"duration": 15} | service, timezone="UTC")
        open_day_and_night(shop, shop.provider)
        return shop

    def contest(self, shop: Shop, rounds: Sequence[Sequence[Wish]]) -> list[list[Told]]:
        """What each was told: that they got it, or that it is taken; and no time is held twice."""
        told = contest(self.processes, shop.booking.token, rounds)
        answers = Counter(each.answer for one in told for each in one)
        assert set(answers) == {GOT_IT, TAKEN}, answers
        assert rows(self.database, OVERLAPS) == []
        standing = {str(row["id"]) for row in rows(self.database, STANDING, shop.tenant["id"])}
        assert standing == {each.body["id"] for one in told for each in one if each.got_it}
        return told


def open_day_and_night(shop: Shop, provider: Any) -> None:
    shop.open_daily(provider, "00:00", "24:00")


@pytest.fixture(scope="module")
def fair(
    postgres: ScratchPostgres,
    migrated_template: str,
    apis_broker: ScratchBroker,
    tmp_path_factory: pytest.TempPathFactory,
    long_run: bool,  # noqa: FBT001 - A fixture.
) -> Iterator[Fair]:
    directory = tmp_path_factory.mktemp("fair")
    with without_deadlocks(postgres, migrated_template) as database, ExitStack() as stack:
        where = ("sloty_booking", database.app_url, apis_broker.url, directory)
        number = 3 if long_run else 2
        processes = [stack.enter_context(api_process(*where)) for _ in range(number)]
        apis = stack.enter_context(in_process(settings_of(database.app_url, apis_broker.url)))
        apis.clock.now = datetime.now(UTC)
        clients, slots = (64, 500) if long_run else (16, 20)
        yield Fair(processes, apis, database, clients, slots, long_run)


def bookings(shop: Shop, clients: int, start: datetime, **changes: Any) -> list[Wish]:
    """The same booking for as many customers."""
    return [booking(shop, place, start, **changes) for place in range(clients)]


def booking(shop: Shop, place: int, start: datetime, **changes: Any) -> Wish:
    who = customer(email=f"client-{place}@crowd.example")
    body = shop.request(start.isoformat(), customer=who, **changes)
    return Wish("/v1/appointments", {key: given for key, given in body.items() if given})


def test_each_slot_is_booked_by_one(fair: Fair) -> None:
    shop = fair.open_shop()
    rounds = [bookings(shop, fair.clients, FIRST + QUARTER * slot) for slot in range(fair.slots)]
    told = fair.contest(shop, rounds)
    assert [sum(each.got_it for each in one) for one in told] == [1] * fair.slots
    assert_nobody_waited(chain(*told), alone=fair.alone)


def test_of_times_that_overlap_by_half_no_two_are_booked(fair: Fair) -> None:
    """Half of each round wants the slot, half one that begins in its middle."""
    shop = fair.open_shop(duration=30)
    change_settings(shop, slotInterval=15)
    rounds = [
        [
            booking(shop, place, FIRST + QUARTER * (slot + place % 2))
            for place in range(fair.clients)
        ]
        for slot in range(fair.slots)
    ]
    told = fair.contest(shop, rounds)
    starts = sorted(
        datetime.fromisoformat(each.body["startTime"])
        for one in told
        for each in one
        if each.got_it
    )
    assert all(following - start >= 2 * QUARTER for start, following in pairwise(starts))
    wanted = [FIRST + QUARTER * slot for slot in range(fair.slots + 1)]
    idle = [time for time in wanted if all(abs(time - start) >= 2 * QUARTER for start in starts)]
    assert idle == [], "Everybody was refused, and nobody has it."
    assert_nobody_waited(chain(*told), alone=fair.alone)


def test_any_provider_is_found_as_long_as_one_is_free(fair: Fair) -> None:
    shop = fair.open_shop()
    others = [shop.add_provider(shop.location, hours=None) for _ in range(3)]
    for other in others:
        open_day_and_night(shop, other)
    times = fair.slots // 4
    rounds = [
        bookings(shop, fair.clients, FIRST + QUARTER * slot, providerId=None)
        for slot in range(times)
    ]
    told = fair.contest(shop, rounds)
    everybody = {shop.provider["id"], *(other["id"] for other in others)}
    for one in told:
        chosen = [each.body["providerId"] for each in one if each.got_it]
        assert len(chosen) == 4
        assert set(chosen) == everybody
    assert_nobody_waited(chain(*told), alone=fair.alone)


def test_each_slot_is_held_by_one_and_booked_by_nobody_else(fair: Fair) -> None:
    shop = fair.open_shop()
    change_settings(shop, holdMinutes=60)
    starts = [FIRST + QUARTER * slot for slot in range(fair.slots)]
    told = fair.contest(shop, [holds(shop, fair.clients, start) for start in starts])
    assert [sum(each.got_it for each in one) for one in told] == [1] * fair.slots
    rounds = []
    for start, one in zip(starts, told, strict=True):
        wishes = bookings(shop, fair.clients, start)
        holder = next(place for place, each in enumerate(one) if each.got_it)
        wishes[holder].body["holdId"] = one[holder].body["id"]
        rounds.append(wishes)
    booked = fair.contest(shop, rounds)
    for one in booked:
        assert [each.got_it for each in one] == ["holdId" in each.wish.body for each in one]
    assert_nobody_waited(chain(*told, *booked), alone=fair.alone)


def test_expired_holds_stand_in_nobodys_way(fair: Fair) -> None:
    """Each round wants times that overlap, and two expired holds are in the way of each."""
    shop = fair.open_shop()
    longer = shop.add_service(duration=30)
    change_settings(shop, slotInterval=15)
    starts = [FIRST + QUARTER * slot for slot in range(fair.slots // 4)]
    now, fair.apis.clock.now = fair.apis.clock.now, fair.apis.clock.now - timedelta(hours=1)
    for start in starts:
        (wish,) = holds(shop, 1, start)
        shop.booking.post(wish.path, wish.body)
    fair.apis.clock.now = now
    rounds = [
        [
            booking(shop, place, start + QUARTER * (place % 2), serviceId=longer["id"])
            for place in range(fair.clients)
        ]
        for start in starts[:-2:2]
    ]
    told = contest(fair.processes, shop.booking.token, rounds)
    assert {each.answer for one in told for each in one} == {GOT_IT, TAKEN}
    assert all(any(each.got_it for each in one) for one in told)
    assert rows(fair.database, OVERLAPS) == []
    assert_nobody_waited(chain(*told), alone=fair.alone)


def test_places_of_a_group_are_taken_up_to_its_capacity(fair: Fair) -> None:
    """Half of each round wants a place, half wants the provider for themselves."""
    shop = fair.open_shop(capacity=5)
    alone = shop.add_service(duration=15)
    starts = [FIRST + QUARTER * slot for slot in range(fair.slots // 5)]
    told = fair.contest(shop, [bookings(shop, fair.clients, start) for start in starts])
    assert [sum(each.got_it for each in one) for one in told] == [5] * len(starts)
    mixed = [
        [
            booking(shop, place, start, serviceId=(shop.service, alone)[place % 2]["id"])
            for place in range(fair.clients)
        ]
        for start in (FIRST + timedelta(days=30) + QUARTER * slot for slot in range(len(starts)))
    ]
    told_mixed = contest(fair.processes, shop.booking.token, mixed)
    for one in told_mixed:
        got = Counter(each.wish.body["serviceId"] for each in one if each.got_it)
        assert got in ({shop.service["id"]: 5}, {alone["id"]: 1})
    assert rows(fair.database, OVERLAPS) == []
    assert_nobody_waited(chain(*told, *told_mixed), alone=fair.alone)


def holds(shop: Shop, clients: int, start: datetime) -> list[Wish]:
    """The same hold for as many of the staff."""
    ids = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    return [Wish("/v1/holds", ids | {"startTime": start.isoformat()}) for _ in range(clients)]
