"""The floor: the least that FastAPI on the product's server and driver could do for the same answer.

No log-in, tenancy, validation, transaction or ORM: one statement, the product's own engine, bytes.
Run with the path of the work as JSON in BENCH_WORK, on the socket SLOTY_LISTEN_FD.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request, Response
from psycopg import AsyncConnection

from sloty_availability.slots.written import Place, written_list
from sloty_deploy.bench.booking_rows import BookingRows
from sloty_deploy.bench.served import serve
from sloty_deploy.bench.shop import DURATION, ZONE
from sloty_deploy.bench.slots_case import SlotsCase, opening_hours, terms
from sloty_shared.scheduling import Held, list_slots

CONNECTIONS = 16
LONGEST_HOLD_SECONDS = 8 * 24 * 60 * 60
JSON = "application/json"
_BUSY = """
    SELECT provider_id, json_agg(json_build_array(extract(epoch FROM held_from)::bigint,
        extract(epoch FROM held_until)::bigint) ORDER BY held_from)
    FROM held_times
    WHERE provider_id = ANY(%s::uuid[]) AND held_from < to_timestamp(%s) AND held_from > to_timestamp(%s)
      AND held_until > to_timestamp(%s) AND (expires_at IS NULL OR expires_at > now())
    GROUP BY provider_id
"""


@dataclass(frozen=True)
class Floor:
    """What the endpoints know: the cases by number, and connections that wait for work."""

    url: str
    cases: list[SlotsCase]
    rows: BookingRows | None
    idle: asyncio.Queue[AsyncConnection[Any]] = field(default_factory=asyncio.Queue)

    async def connect(self) -> None:
        for _ in range(CONNECTIONS):
            self.idle.put_nowait(await AsyncConnection.connect(self.url, autocommit=True))

    async def disconnect(self) -> None:
        while not self.idle.empty():
            await self.idle.get_nowait().close()

    async def run(self, query: str, values: Any) -> list[tuple[Any, ...]]:
        connection = await self.idle.get()
        try:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall()
        finally:
            self.idle.put_nowait(connection)


def _read_work(path: Path) -> Floor:
    work = json.loads(path.read_text())
    cases = [SlotsCase(**case) for case in work["cases"]]
    rows = work["rows"]
    return Floor(work["url"], cases, rows and BookingRows.from_json(rows))


@asynccontextmanager
async def _connected(_app: FastAPI) -> AsyncIterator[None]:
    await floor.connect()
    yield
    await floor.disconnect()


floor = _read_work(Path(os.environ["BENCH_WORK"]))
calendar, offering = opening_hours(), terms()
app = FastAPI(openapi_url=None, lifespan=_connected)


@app.get("/slots/{number}")
async def slots(number: int) -> Response:
    case = floor.cases[number]
    values = (case.providers, case.end, case.start - LONGEST_HOLD_SECONDS, case.start)
    busy = dict(await floor.run(_BUSY, values))
    now, location = int(time.time()) + 1, UUID(case.location)
    found = [
        (start, place)
        for provider in map(UUID, case.providers)
        for place in [Place(provider, location)]
        for start in list_slots(
            calendar,
            offering,
            [Held(*times) for times in busy.get(provider, ())],
            start=case.start,
            end=case.end,
            now=now,
        )
    ]
    found.sort(key=itemgetter(0))
    return Response(written_list(found, DURATION * 60, ZONE.key), media_type=JSON)


@app.post("/appointments", status_code=201)
async def book(request: Request) -> Response:
    if floor.rows is None:
        return Response(status_code=404)
    wish = json.loads(await request.body())
    booking = floor.rows.another(wish["providerId"], wish["startTime"])
    await floor.run(floor.rows.one_statement, booking.values)
    answer = {
        "id": str(booking.id),
        "confirmationCode": booking.code,
        "status": "SCHEDULED",
        **wish,
    }
    return Response(json.dumps(answer), status_code=201, media_type=JSON)


if __name__ == "__main__":
    serve(app)
