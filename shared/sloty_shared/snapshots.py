"""PostgreSQL's snapshot of this moment, seen so cheaply that every request can look at it.

A snapshot says which transactions had ended when it was taken. Where two are equal, nothing was
committed between them, and whatever was read under the one still reads so.
"""

import asyncio

import psycopg
from sqlalchemy import ColumnElement, Text, cast, func

from sloty_shared.database import Database

SNAPSHOT: ColumnElement[str] = cast(func.pg_current_snapshot(), Text).label("snapshot")
"""What the statement around it reads under."""
LOOK_SECONDS = 1
_LOOK = "SELECT pg_current_snapshot()::text"


class Snapshots:
    """Looks over a connection of its own, and once for all who ask while a look is under way.

    Belongs to one event loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.AsyncConnection | None = None
        self._under_way: asyncio.Task[str | None] | None = None
        self._next: asyncio.Task[str | None] | None = None

    async def latest(self) -> str | None:
        """The snapshot of a moment after this call; None where PostgreSQL does not say it soon."""
        # The look that is under way may have been answered by now, so it is the next that counts.
        look = self._next
        if look is None:
            look = self._next = asyncio.create_task(self._look_after(self._under_way))
        done, _ = await asyncio.wait([look], timeout=LOOK_SECONDS)
        return look.result() if done else None

    async def close(self) -> None:
        """Hang up, whatever is under way."""
        looks = [look for look in (self._under_way, self._next) if look is not None]
        for look in looks:
            look.cancel()
        if looks:
            await asyncio.wait(looks, timeout=LOOK_SECONDS)
        await self._hang_up()

    async def _look_after(self, earlier: asyncio.Task[str | None] | None) -> str | None:
        if earlier is not None:
            await asyncio.wait([earlier])
        self._under_way, self._next = self._next, None
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._look()
        except (psycopg.Error, OSError):
            await self._hang_up()
            return None

    async def _look(self) -> str | None:
        if self._connection is None:
            self._connection = await self._database.connect_aside()
        cursor = await psycopg.AsyncRawCursor(self._connection).execute(_LOOK, prepare=True)
        row = await cursor.fetchone()
        return None if row is None else str(row[0])

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
