"""Booking at concurrency 16, against the bare driver and against one statement behind FastAPI."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg

from sloty_deploy.api_client import Api
from sloty_deploy.bench.booking_rows import BookingRows, rows_by_table
from sloty_deploy.bench.load import Load, Measured
from sloty_deploy.bench.options import Options
from sloty_deploy.bench.rig import Rig, Served
from sloty_deploy.bench.rounds import (
    PRODUCT,
    Contestant,
    expect,
    run_load,
    run_measured,
    take_turns,
    told,
)
from sloty_deploy.bench.shop import DURATION, Shop
from sloty_deploy.bench.sites import Site, bearer, request
from sloty_deploy.listening import LOOPBACK
from sloty_deploy.refusal import Refusal

CONNECTIONS = 16
# More than anybody could book in that time on a machine of today.
MOST_A_SECOND = 6_000
CREATED = "201"

Slot = tuple[str, str]


@dataclass
class FreeSlots:
    """The slots of the providers at the counter, each given out once."""

    providers: list[UUID]
    first: datetime
    given: int = 0

    def ahead(self, number: int) -> list[Slot]:
        """The next ones; `given` says how many of them were taken."""
        return [self._slot(self.given + index) for index in range(number)]

    def one(self) -> Slot:
        self.given += 1
        return self._slot(self.given - 1)

    def _slot(self, number: int) -> Slot:
        row, column = divmod(number, len(self.providers))
        start = self.first + row * timedelta(minutes=DURATION)
        return str(self.providers[column]), start.isoformat()


@dataclass(frozen=True)
class Booking:
    """One site with what books on it."""

    site: Site
    slots: FreeSlots
    rows: BookingRows
    floor_server: Served
    database_process: int
    options: Options

    @property
    def product(self) -> Contestant:
        return self._contestant(self.site.booking, "/v1/appointments")

    @property
    def floor(self) -> Contestant:
        return self._contestant(self.floor_server, "/appointments")

    @property
    def bare(self) -> Contestant:
        return Contestant(self._book_bare, [self.database_process])

    def _contestant(self, server: Served, path: str) -> Contestant:
        processes = [*server.processes, self.database_process]
        return Contestant(partial(self._ask, server.port, path), processes)

    def _book_bare(self) -> Measured:
        work = {
            "url": self.site.database.superuser_url,
            "rows": asdict(self.rows),
            "slots": self.slots.ahead(self._most),
            "connections": CONNECTIONS,
            "seconds": self.options.seconds,
        }
        return self._counted(run_measured("sloty_deploy.bench.bare_booking", work))

    def _ask(self, port: int, path: str) -> Measured:
        wishes = (wish(self.site.shop, slot) for slot in self.slots.ahead(self._most))
        header = bearer(self.site.shop)
        texts = [request("POST", path, header, body=json.dumps(body)) for body in wishes]
        load = Load(LOOPBACK, port, texts, CONNECTIONS, self.options.seconds, once=True)
        return self._counted(run_load(load))

    def _counted(self, measured: Measured) -> Measured:
        self.slots.given += measured.sent
        return measured

    @property
    def _most(self) -> int:
        return CONNECTIONS + int(MOST_A_SECOND * self.options.seconds)


def wish(shop: Shop, slot: Slot) -> dict[str, str]:
    """The body of a request to book."""
    provider, start = slot
    return {
        "serviceId": str(shop.service),
        "providerId": provider,
        "customerId": str(shop.customer),
        "startTime": start,
    }


def bench_book(rig: Rig, sites: list[Site], options: Options) -> dict[str, Any]:
    """Each site by itself, then the large one against the small one."""
    booking = [_prepare(rig, site, options) for site in sites]
    small, large = booking
    results = []
    for each in booking:
        contestants = {PRODUCT: each.product, "bareDriver": each.bare, "floor": each.floor}
        results.append(_taken(each, "create-appointment", contestants))
    growth = {PRODUCT: large.product, "small": small.product}
    return {"cases": results, "growthWithStored": _taken(large, "create-appointment", growth)}


def _prepare(rig: Rig, site: Site, options: Options) -> Booking:
    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    slots = FreeSlots(site.shop.counter, tomorrow + timedelta(days=1))
    with site.connect() as connection:
        rows = _rows(connection, site, slots)
    work = rig.folder / f"book-{site.stored}.json"
    described = {"url": site.database.superuser_url, "cases": [], "rows": asdict(rows)}
    work.write_text(json.dumps(described))
    floor = rig.serve(
        "sloty_deploy.bench.floor",
        {"BENCH_WORK": str(work)},
        processes=options.api_processes,
        ready=False,
    )
    return Booking(site, slots, rows, floor, rig.database_process, options)


def _rows(connection: psycopg.Connection[Any], site: Site, slots: FreeSlots) -> BookingRows:
    """What one booking of the product wrote. Raises Refusal if a bare one would write otherwise."""
    api = Api(f"http://{LOOPBACK}:{site.booking.port}", site.shop.token)
    counts = [rows_by_table(connection)]
    booked = api.post("/v1/appointments", wish(site.shop, slots.one()))
    counts.append(rows_by_table(connection))
    rows = BookingRows.of(connection, UUID(booked["id"]))
    connection.execute(rows.one_statement, rows.another(*slots.one()).values)
    counts.append(rows_by_table(connection))
    ours, theirs = (_added(*pair) for pair in pairwise(counts))
    if ours != theirs:
        raise Refusal(f"A booking adds {ours}, a bare one {theirs}")
    return rows


def _added(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {table: after[table] - n for table, n in before.items() if after[table] != n}


def _taken(booking: Booking, name: str, contestants: dict[str, Contestant]) -> dict[str, Any]:
    result = expect(take_turns(contestants, booking.options.rounds), CREATED)
    stored = booking.site.stored
    booking.options.say(f"  {name} ({stored} stored): {told(result)}")
    return {"case": name, "stored": stored, "concurrency": CONNECTIONS, **result}
