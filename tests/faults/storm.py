"""A storm of clients that list, hold, book, move and cancel the same few times, and its history."""

import hashlib
import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg.rows import dict_row
from tests.api_clients import Shop, customer
from tests.api_processes import TIMEOUT_SECONDS, ApiProcess
from tests.crowd import OpenConnection

from sloty_deploy.scratch import DatabaseUrls

from .history import Call, History, Op, Row, Span

HOURS = 6
STEP = timedelta(minutes=30)
HELD = timedelta(minutes=75)
SERVICE = {"duration": 60, "bufferTime": 15}
MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=7)
STARTS = [MIDNIGHT + STEP * number for number in range(2 * HOURS - 1)]
CLIENTS = 10
# What a hold that was used, or given back, is answered with.
GONE = ("hold_expired", "not_found")
_ROWS = """
    SELECT id, provider_id, start_time, held_until, status, title, rescheduled_from_id,
           rescheduled_to_id
    FROM appointments WHERE tenant_id = %s
"""
_HOLDS = """
    SELECT id, provider_id, held_from AS start_time, held_until, 'HELD' AS status, NULL AS title,
           NULL AS rescheduled_from_id, NULL AS rescheduled_to_id
    FROM held_times WHERE tenant_id = %s AND appointment_id IS NULL
"""
_AT_WORK = """
    SELECT count(*) AS number FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


@dataclass
class Storm:
    """Where the clients call, what they want, and all that they have seen."""

    shop: Shop
    providers: Sequence[str]
    bookings: Sequence[ApiProcess]
    availability: ApiProcess
    log: Path
    calls: list[Call] = field(default_factory=list)
    standing: dict[str, Span] = field(default_factory=dict)
    holds: dict[str, Span] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)
    numbers: "count[int]" = field(default_factory=count)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        for place in range(CLIENTS):
            client = StormClient(self, place, random.Random(place))
            self._threads.append(threading.Thread(target=client.go_on))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_calls(self, number: int) -> None:
        """Until so many more calls have come to their end."""
        until, deadline = len(self.calls) + number, time.monotonic() + 10 * TIMEOUT_SECONDS
        while len(self.calls) < until:
            assert time.monotonic() < deadline, "The storm stands still."
            time.sleep(0.005)

    def history(self, database: DatabaseUrls) -> History:
        """All calls, and what is stored once nobody is at work any more.

        A killed process has left its last transaction to PostgreSQL, which may still commit it.
        """
        with psycopg.connect(database.superuser_url, row_factory=dict_row) as connection:
            connection.autocommit = True
            while (at_work := connection.execute(_AT_WORK).fetchone()) and at_work["number"]:
                time.sleep(0.01)
            stored = [
                each
                for query in (_ROWS, _HOLDS)
                for each in connection.execute(query, [self.shop.tenant["id"]]).fetchall()
            ]
        return History(self.calls, [_row(each) for each in stored])


def _row(stored: dict[str, Any]) -> Row:
    before, after = stored["rescheduled_from_id"], stored["rescheduled_to_id"]
    return Row(
        id=str(stored["id"]),
        span=Span(str(stored["provider_id"]), stored["start_time"], stored["held_until"]),
        status=stored["status"],
        key=stored["title"],
        moved_from=before and str(before),
        moved_to=after and str(after),
    )


def span(provider: str, start: datetime) -> Span:
    return Span(provider, start, start + HELD)


@dataclass
class StormClient:
    """One client, who asks again with the same key until an answer comes."""

    storm: Storm
    place: int
    random: random.Random
    connections: dict[str, OpenConnection] = field(default_factory=dict)

    def go_on(self) -> None:
        twice = (self.look, self.book, self.cancel)
        deeds = (*twice, *twice, self.hold, self.book_what_is_held, self.give_back, self.move)
        while not self.storm.over.is_set():
            self.random.choice(deeds)()
        for connection in self.connections.values():
            connection.close()

    def look(self) -> None:
        """List what is free with one provider, or with anybody."""
        shop = self.storm.shop
        asked = f"serviceId={shop.service['id']}&from={MIDNIGHT.date()}&to={MIDNIGHT.date()}"
        if self.random.random() < 0.5:
            asked += f"&providerId={self.random.choice(self.storm.providers)}"
        self._call(Op.LIST, "GET", f"/v1/slots?{asked}", at=self.storm.availability)

    def book(self) -> None:
        key, start = self._key(), self.random.choice(STARTS)
        providers = list(self.storm.providers)
        body = self.storm.shop.request(start.isoformat(), title=key, customer=self._person())
        if self.random.random() < 0.3:
            del body["providerId"]
        else:
            body["providerId"] = self.random.choice(providers)
            providers = [body["providerId"]]
        wanted = tuple(span(each, start) for each in providers)
        self._until_answered(Op.BOOK, "/v1/appointments", body, key=key, wanted=wanted)

    def hold(self) -> None:
        key, start = self._key(), self.random.choice(STARTS)
        provider = self.random.choice(self.storm.providers)
        body = {"serviceId": self.storm.shop.service["id"], "providerId": provider}
        body["startTime"] = start.isoformat()
        wanted = (span(provider, start),)
        self._until_answered(Op.HOLD, "/v1/holds", body, key=key, wanted=wanted)

    def book_what_is_held(self) -> None:
        target, key = self._some(self.storm.holds), self._key()
        held = self.storm.holds.get(target or "")
        if held is None:
            return
        body = self.storm.shop.request(held.start.isoformat(), title=key, customer=self._person())
        body |= {"providerId": held.provider, "holdId": target}
        asked: dict[str, Any] = {"wanted": (held,), "target": target}
        self._until_answered(Op.BOOK, "/v1/appointments", body, key=key, **asked)

    def give_back(self) -> None:
        target = self._some(self.storm.holds)
        if target is not None:
            self._call(Op.RELEASE, "DELETE", f"/v1/holds/{target}", target=target)

    def move(self) -> None:
        target, start = self._some(self.storm.standing), self.random.choice(STARTS)
        if target is None:
            return
        provider, key = self.random.choice(self.storm.providers), self._key()
        body = {"startTime": start.isoformat(), "providerId": provider}
        path = f"/v1/appointments/{target}/reschedule"
        asked: dict[str, Any] = {"wanted": (span(provider, start),), "target": target}
        self._until_answered(Op.MOVE, path, body, key=key, **asked)

    def cancel(self) -> None:
        target = self._some(self.storm.standing)
        if target is not None:
            self._call(Op.CANCEL, "POST", f"/v1/appointments/{target}/cancel", target=target)

    def _until_answered(self, op: Op, path: str, body: Any, **asked: Any) -> None:
        """A booking page that heard nothing asks again with the key that it has."""
        for _ in range(20):
            call = self._call(op, "POST", path, body, **asked)
            if call is not None and not call.unknown and call.code != "idempotency_in_flight":
                return
            if self.storm.over.wait(0.02):
                return

    def _call(
        self, op: Op, method: str, path: str, body: Any = None, *, at: ApiProcess | None = None,
        **asked: Any,
    ) -> Call | None:  # fmt: skip
        """The call as recorded, or None where nobody was there to be called."""
        url = (at or self.random.choice(self.storm.bookings)).url
        connection = self.connections.get(url)
        if connection is None:
            connection = OpenConnection(url, self.storm.shop.booking.token)
        headers = {"Idempotency-Key": asked["key"]} if "key" in asked else {}
        began, status, said = time.monotonic(), None, None
        try:
            status, said = connection.send(method, path, body, **headers)
            self.connections[url] = connection
        except ConnectionRefusedError:
            connection.close()
            self.storm.over.wait(0.02)
            return None
        except (OSError, http.client.HTTPException):
            self.connections.pop(url, None)
            connection.close()
        more = asked | _seen(op, status, said)
        call = Call(
            next(self.storm.numbers), self.place, op, began, time.monotonic(), status, **more
        )
        self._remember(call)
        return call

    def _remember(self, call: Call) -> None:
        self.storm.calls.append(call)
        if call.target is not None and (call.done or call.code in GONE):
            self.storm.standing.pop(call.target, None)
            self.storm.holds.pop(call.target, None)
        if call.made is not None and call.taken is not None:
            made = self.storm.holds if call.op is Op.HOLD else self.storm.standing
            made[call.made] = call.taken

    def _some(self, rows: dict[str, Span]) -> str | None:
        """One of them, which somebody else may be about to end or has ended already."""
        return self.random.choice(list(rows)) if rows else None

    def _key(self) -> str:
        return f"{self.place}-{self.random.randrange(10**12)}"

    def _person(self) -> dict[str, Any]:
        return customer(email=f"client-{self.place}@storm.example")


def _seen(op: Op, status: int | None, said: Any) -> dict[str, Any]:
    """What the answer tells of the call."""
    if status is None:
        return {}
    if status >= 400:
        return {"code": said["code"]}
    if op is Op.LIST:
        return {"shown": tuple(_span_of(slot) for slot in said["items"])}
    if op in (Op.CANCEL, Op.RELEASE):
        return {}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return {"taken": _span_of(said), "made": said["id"], "body": digest}


def _span_of(said: Any) -> Span:
    return span(said["providerId"], datetime.fromisoformat(said["startTime"]))
