"""Many move appointments or series at one moment, over two API processes: every time has one holder."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.api_clients import Shop, in_process, open_shop, settings_of
from tests.api_processes import TIMEOUT_SECONDS, ApiProcess, Reply, api_process, in_threads

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres

from .bookings import path_of
from .test_rush import DEADLOCKS, LONGEST_WAIT_SECONDS, NO_OTHER_CONNECTION, NOON

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

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.database.owner_url, row_factory=dict_row) as connection:
            return connection.execute(query).fetchall()

    def at_once(self, calls: Sequence[tuple[str, Any]]) -> list[Reply]:
        """POST each body to its path from a client of its own, as many at one moment as fit."""
        replies: list[Reply | None] = [None] * len(calls)
        for first in range(0, len(calls), AT_ONCE):
            places = range(first, min(first + AT_ONCE, len(calls)))
            together = threading.Barrier(len(places))

            def call(
                turn: int, places: range = places, together: threading.Barrier = together
            ) -> None:
                process = self.processes[turn % len(self.processes)]
                with process.client(self.shop.booking.token) as client:
                    client.send("GET", "/healthz")
                    together.wait(TIMEOUT_SECONDS)
                    began = time.monotonic()
                    path, body = calls[places[turn]]
                    answer = client.send("POST", path, json=body)
                    seconds = time.monotonic() - began
                    replies[places[turn]] = Reply(answer.status_code, answer.json(), seconds)

            in_threads(call, len(places))
        found = [reply for reply in replies if reply is not None]
        assert len(found) == len(calls)
        assert {reply.status for reply in found} <= {201, 409}, found
        assert max(reply.seconds for reply in found) < LONGEST_WAIT_SECONDS
        return found

    def assert_whole(self) -> None:
        assert self.rows(WRONG_HOLDERS) == []
        assert self.rows(WRONG_LINKS) == []


@pytest.fixture
def hall(
    postgres: ScratchPostgres,
    migrated_template: str,
    apis_broker: ScratchBroker,
    tmp_path: Path,
) -> Iterator[Hall]:
    """A hall in whose database no deadlock has been counted when all is over."""
    database = postgres.clone(migrated_template)
    where = ("sloty_booking", database.app_url, apis_broker.url)
    with (
        api_process(*where, tmp_path) as one,
        api_process(*where, tmp_path) as other,
        in_process(settings_of(database.app_url, apis_broker.url)) as apis,
    ):
        apis.clock.now = datetime.now(UTC)
        shop = open_shop(apis, timezone="UTC")
        for day in range(7):
            shop.add_rule(shop.provider, dayOfWeek=day, startTime="12:00", endTime="20:00")
        yield Hall((one, other), shop, database)
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        while connection.execute(NO_OTHER_CONNECTION).fetchone() != (True,):
            continue
        deadlocks = connection.execute(DEADLOCKS).fetchone()
    postgres.drop(database)
    assert deadlocks == (0,)


def to(booked: Any, start: datetime, **more: Any) -> tuple[str, Any]:
    return path_of(booked, "reschedule"), {"startTime": start.isoformat()} | more


def at(day: int, hour: int) -> datetime:
    return NOON + timedelta(days=day, hours=hour)


def test_one_of_many_moves_to_a_time(hall: Hall) -> None:
    """Half of those who want it have an appointment elsewhere, half book anew."""
    wanted = at(9, 0)
    booked = [hall.shop.book(at(day, 0).isoformat()) for day in range(CLIENTS // 2)]
    calls = [to(each, wanted) for each in booked]
    calls += [
        ("/v1/appointments", hall.shop.request(wanted.isoformat())) for _ in range(CLIENTS // 2)
    ]
    replies = hall.at_once(calls)
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert counted == {(201, None): 1, (409, "slot_unavailable"): CLIENTS - 1}
    for each, reply in zip(booked, replies, strict=False):
        status = hall.shop.booking.get(path_of(each))["status"]
        assert status == ("RESCHEDULED" if reply.status == 201 else "SCHEDULED")
    hall.assert_whole()


def test_appointment_is_moved_by_one_of_many(hall: Hall) -> None:
    booked = hall.shop.book(at(0, 0).isoformat())
    calls = [to(booked, at(1 + place, 0)) for place in range(CLIENTS)]
    replies = hall.at_once(calls)
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert counted == {(201, None): 1, (409, "invalid_transition"): CLIENTS - 1}
    told = hall.shop.booking.get("/v1/notifications")["items"]
    about = [each["kind"] for each in told if each["appointmentId"] is not None]
    assert about == ["BOOKED", "RESCHEDULED"]
    hall.assert_whole()


def test_moves_and_confirmations_meet(hall: Hall) -> None:
    booked = [hall.shop.book(at(day, 0).isoformat()) for day in range(CLIENTS // 2)]
    calls = [to(each, at(day, 2)) for day, each in enumerate(booked)]
    calls += [(path_of(each, "confirm"), None) for each in booked]
    replies: list[Any] = [None] * len(calls)

    def call(place: int) -> None:
        path, body = calls[place]
        with hall.processes[place % 2].client(hall.shop.booking.token) as client:
            replies[place] = client.send("POST", path, json=body).status_code

    in_threads(call, len(calls))
    assert set(replies[: len(booked)]) == {201}
    assert set(replies[len(booked) :]) <= {200, 409}
    hall.assert_whole()


def test_pairs_swap_times_and_none_is_lost(hall: Hall, *, long_run: bool) -> None:
    """Each of a pair wants the other's time, of one provider or of two; every third has a free one.

    Nobody can take what the other still holds, but the third may go first and make room.
    """
    other = hall.shop.add_provider(hall.shop.location, hours=("12:00", "20:00"))
    mine = hall.shop.provider["id"]
    calls: list[tuple[str, Any]] = []
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
    replies = hall.at_once(calls)
    assert len(replies) == 2 * pairs
    hall.assert_whole()
    standing = "SELECT count(*) AS n FROM appointments WHERE status = 'SCHEDULED'"
    assert hall.rows(standing) == [{"n": 2 * pairs}]
    moved = "SELECT count(*) AS n FROM appointments WHERE status = 'RESCHEDULED'"
    done = sum(reply.status == 201 for reply in replies)
    assert hall.rows(moved) == [{"n": done}]
    assert done >= pairs // 3
    told = "SELECT count(*) AS n FROM notifications WHERE kind = 'RESCHEDULED'"
    assert hall.rows(told) == [{"n": done}]


def series(hall: Hall, day: int, hour: int, count: int, **more: Any) -> tuple[str, Any]:
    """A call that books a series of days."""
    rule = {"rule": f"FREQ=DAILY;COUNT={count}"}
    return SERIES, hall.shop.request(at(day, hour).isoformat()) | rule | more


def test_one_of_many_series_is_booked(hall: Hall) -> None:
    """They begin on different days, so that each meets some of the others' times first."""
    replies = hall.at_once([series(hall, place % 3, 0, 3) for place in range(SERIES_CLIENTS)])
    counted = Counter((reply.status, reply.body.get("code")) for reply in replies)
    assert counted == {(201, None): 1, (409, "series_conflict"): SERIES_CLIENTS - 1}
    standing = "SELECT count(*) AS n FROM appointments WHERE status = 'SCHEDULED'"
    assert hall.rows(standing) == [{"n": 3}]
    hall.assert_whole()


def test_series_share_what_there_is(hall: Hall) -> None:
    """With any of two providers, what the one skips the other has; meanwhile series are moved."""
    hall.shop.add_provider(hall.shop.location, hours=("12:00", "20:00"))
    first = hall.shop.booking.post(*series(hall, 0, 4, 2))
    wanted = {"onConflict": "skip", "providerId": None}
    calls = [series(hall, place % 2, 0, 3, **wanted) for place in range(SERIES_CLIENTS)]
    calls += [
        (f"{SERIES}/{first['id']}/reschedule", {"startTime": at(0, hour).isoformat()} | ALL)
        for hour in (5, 3)
    ]
    hall.at_once(calls)
    taken = """
        SELECT count(*) AS n FROM appointments
        WHERE status = 'SCHEDULED' AND extract(hour FROM start_time AT TIME ZONE 'UTC') = 12
    """
    # Four days of two providers: every place has gone to somebody.
    assert hall.rows(taken) == [{"n": 8}]
    query = {"seriesId": first["id"], "status": "SCHEDULED"}
    assert len(hall.shop.booking.get("/v1/appointments", **query)["items"]) == 2
    hall.assert_whole()
