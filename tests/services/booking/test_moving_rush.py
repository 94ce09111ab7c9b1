"""Many move appointments or series at one moment, over two API processes: every time has one holder."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

import pytest
from tests.api_clients import Shop, in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, api_process
from tests.crowd import Told, Wish, assert_nobody_waited, contest, without_deadlocks

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres

from .bookings import path_of, rows
from .test_rush import NOON

pytestmark = pytest.mark.timeout(3600)

CLIENTS = 12
AT_ONCE = 16
SERIES = "/v1/appointments/series"
# They go one after another, each with many statements.
SERIES_CLIENTS = 5
ALL = {"from": "2000-01-01T00:00:00Z"}
# Every standing appointment holds its own time, nothing else does, and no two overlap.
WRONG_HOLDERS = """
    SELECT coalesce(a.id, h.appointment_id) AS id
    FROM (SELECT * FROM appointments
          WHERE status IN ('SCHEDULED', 'CONFIRMED', 'CHECKED_IN', 'IN_PROGRESS')) a
    FULL JOIN held_times h ON h.appointment_id = a.id
    WHERE a.id IS NULL OR h.id IS NULL
       OR (h.provider_id, h.held_from, h.held_until)
          IS DISTINCT FROM (a.provider_id, a.start_time, a.held_until)
"""
# Moves that are not linked both ways, from RESCHEDULED to a successor that took over.
WRONG_LINKS = """
    SELECT old.id FROM appointments old
    LEFT JOIN appointments new ON new.id = old.rescheduled_to_id
    WHERE (old.status = 'RESCHEDULED') IS DISTINCT FROM (new.rescheduled_from_id = old.id)
      AND (old.status = 'RESCHEDULED' OR new.id IS NOT NULL)
"""


@dataclass(frozen=True)
class Hall:
    """Two processes of the booking API and a shop behind them."""

    processes: Sequence[ApiProcess]
    shop: Shop
    database: DatabaseUrls
    alone: bool

    def number(self, of: str) -> int:
        """How many rows of the shop there are `of` this table and condition."""
        query = f"SELECT count(*) AS n FROM {of} AND tenant_id = %s"
        (row,) = rows(self.database, query, self.shop.tenant["id"])
        return int(row["n"])

    def at_once(self, wishes: Sequence[Wish], number: int = AT_ONCE) -> list[Told]:
        """What each was told; that many of them send at one moment, then the next."""
        rounds = [wishes[first : first + number] for first in range(0, len(wishes), number)]
        told = contest(self.processes, self.shop.booking.token, rounds)
        return [each for one in told for each in one]

    def assert_whole(self) -> None:
        assert rows(self.database, WRONG_HOLDERS) == []
        assert rows(self.database, WRONG_LINKS) == []


@pytest.fixture(scope="module")
def processes(
    postgres: ScratchPostgres,
    migrated_template: str,
    apis_broker: ScratchBroker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[DatabaseUrls, Sequence[ApiProcess]]]:
    """Two, over a database in which no deadlock has been counted when all is over."""
    directory = tmp_path_factory.mktemp("moving")
    with without_deadlocks(postgres, migrated_template) as database, ExitStack() as stack:
        where = ("sloty_booking", database.app_url, apis_broker.url, directory)
        yield database, [stack.enter_context(api_process(*where)) for _ in range(2)]


@pytest.fixture
def hall(
    processes: tuple[DatabaseUrls, Sequence[ApiProcess]],
    apis_broker: ScratchBroker,
    *,
    long_run: bool,
) -> Iterator[Hall]:
    database, two = processes
    with in_process(settings_of(database.app_url, apis_broker.url)) as apis:
        apis.clock.now = datetime.now(UTC)
        shop = open_shop(apis, timezone="UTC")
        shop.open_daily(shop.provider, "09:00", "20:00")
        yield Hall(two, shop, database, long_run)


def to(booked: Any, start: datetime, **more: Any) -> Wish:
    return Wish(path_of(booked, "reschedule"), {"startTime": start.isoformat()} | more)


def at(day: int, hour: int) -> datetime:
    return NOON + timedelta(days=day, hours=hour)


def test_one_of_many_moves_to_a_time(hall: Hall) -> None:
    """Half of those who want it have an appointment elsewhere, half book anew."""
    wanted = at(9, 0)
    booked = [hall.shop.book(at(day, 0).isoformat()) for day in range(CLIENTS // 2)]
    calls = [to(each, wanted) for each in booked]
    calls += [
        Wish("/v1/appointments", hall.shop.request(wanted.isoformat())) for _ in range(CLIENTS // 2)
    ]
    replies = hall.at_once(calls)
    counted = Counter(reply.answer for reply in replies)
    assert counted == {(201, None): 1, (409, "slot_unavailable"): CLIENTS - 1}
    for each, reply in zip(booked, replies, strict=False):
        status = hall.shop.booking.get(path_of(each))["status"]
        assert status == ("RESCHEDULED" if reply.status == 201 else "SCHEDULED")
    hall.assert_whole()
    assert_nobody_waited(replies, alone=hall.alone)


def test_appointment_is_moved_by_one_of_many(hall: Hall) -> None:
    booked = hall.shop.book(at(0, 0).isoformat())
    calls = [to(booked, at(1 + place, 0)) for place in range(CLIENTS)]
    replies = hall.at_once(calls)
    counted = Counter(reply.answer for reply in replies)
    assert counted == {(201, None): 1, (409, "invalid_transition"): CLIENTS - 1}
    told = hall.shop.booking.get("/v1/notifications")["items"]
    about = [each["kind"] for each in told if each["appointmentId"] is not None]
    assert about == ["BOOKED", "RESCHEDULED"]
    hall.assert_whole()
    assert_nobody_waited(replies, alone=hall.alone)


def test_moves_and_confirmations_meet(hall: Hall) -> None:
    booked = [hall.shop.book(at(day, 0).isoformat()) for day in range(CLIENTS // 2)]
    calls = [to(each, at(day, 2)) for day, each in enumerate(booked)]
    calls += [Wish(path_of(each, "confirm")) for each in booked]
    replies = hall.at_once(calls)
    statuses = [reply.status for reply in replies]
    assert set(statuses[: len(booked)]) == {201}
    assert set(statuses[len(booked) :]) <= {200, 409}
    hall.assert_whole()
    assert_nobody_waited(replies, alone=hall.alone)


def test_pairs_swap_times_and_none_is_lost(hall: Hall, *, long_run: bool) -> None:
    """Each of a pair wants the other's time, of one provider or of two; every third has a free one.

    Nobody can take what the other still holds, but the third may go first and make room.
    """
    other = hall.shop.add_provider(hall.shop.location, hours=("12:00", "20:00"))
    mine = hall.shop.provider["id"]
    calls: list[Wish] = []
    kinds = cycle(("one provider", "two providers", "makes room"))
    pairs = 200 if long_run else 20
    for pair in range(pairs):
        kind = next(kinds)
        day, hour = pair // 3, 2 * (pair % 3)
        theirs = other["id"] if kind == "two providers" else mine
        free = hour + (0 if theirs != mine else 1)
        one = hall.shop.book(at(day, hour).isoformat(), providerId=mine)
        another = hall.shop.book(at(day, free).isoformat(), providerId=theirs)
        calls.append(to(one, at(day, free), providerId=theirs))
        if kind == "makes room":
            calls.append(to(another, at(day, 6), providerId=mine))
        else:
            calls.append(to(another, at(day, hour), providerId=mine))
    replies = hall.at_once(calls, number=64 if long_run else AT_ONCE)
    assert {reply.answer for reply in replies} <= {
        (201, None),
        (409, "slot_unavailable"),
    }
    hall.assert_whole()
    assert hall.number("appointments WHERE status = 'SCHEDULED'") == 2 * pairs
    done = sum(reply.got_it for reply in replies)
    assert done >= pairs // 3
    assert hall.number("appointments WHERE status = 'RESCHEDULED'") == done
    assert hall.number("notifications WHERE kind = 'RESCHEDULED'") == done
    assert_nobody_waited(replies, alone=hall.alone)


def series(hall: Hall, day: int, hour: int, count: int, **more: Any) -> Wish:
    """A call that books a series of days."""
    rule = {"rule": f"FREQ=DAILY;COUNT={count}"}
    return Wish(SERIES, hall.shop.request(at(day, hour).isoformat()) | rule | more)


def test_one_of_many_series_is_booked(hall: Hall) -> None:
    """They begin on different days, so that each meets some of the others' times first."""
    replies = hall.at_once([series(hall, place % 3, 0, 3) for place in range(SERIES_CLIENTS)])
    counted = Counter(reply.answer for reply in replies)
    assert counted == {(201, None): 1, (409, "series_conflict"): SERIES_CLIENTS - 1}
    assert hall.number("appointments WHERE status = 'SCHEDULED'") == 3
    hall.assert_whole()


def test_series_share_what_there_is(hall: Hall) -> None:
    """With any of two providers, what the one skips the other has; meanwhile series are moved."""
    hall.shop.add_provider(hall.shop.location, hours=("12:00", "20:00"))
    wish = series(hall, 0, 4, 2)
    first = hall.shop.booking.post(wish.path, wish.body)
    wanted = {"onConflict": "skip", "providerId": None}
    calls = [series(hall, place % 2, 0, 3, **wanted) for place in range(SERIES_CLIENTS)]
    calls += [
        Wish(f"{SERIES}/{first['id']}/reschedule", {"startTime": at(0, hour).isoformat()} | ALL)
        for hour in (5, 3)
    ]
    hall.at_once(calls)
    # Four days of two providers: every place has gone to somebody.
    noon = "status = 'SCHEDULED' AND extract(hour FROM start_time AT TIME ZONE 'UTC') = 12"
    assert hall.number(f"appointments WHERE {noon}") == 8
    query = {"seriesId": first["id"], "status": "SCHEDULED"}
    assert len(hall.shop.booking.get("/v1/appointments", **query)["items"]) == 2
    hall.assert_whole()
