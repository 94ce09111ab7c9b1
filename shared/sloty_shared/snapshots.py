"""PostgreSQL's snapshot of this moment, seen so cheaply that every request can look at it.

A snapshot says which transactions had ended when it was taken. Where two are equal, nothing was
committed between them, and whatever was read under the one still reads so.
"""

import asyncio
from contextlib import ExitStack

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from sqlalchemy import ColumnElement, Text, cast, func

from sloty_shared.database import Database

SNAPSHOT: ColumnElement[str] = cast(func.pg_current_snapshot(), Text).label("snapshot")
"""What the statement around it reads under."""
LOOK_SECONDS = 1
_NAME = b"look"
_PREPARE = "PREPARE look AS SELECT pg_current_snapshot()::text"


class Look:
    """One question to PostgreSQL, for all who wait for what it says."""

    __slots__ = ("is_over", "snapshot")

    def __init__(self) -> None:
        self.is_over = asyncio.Event()
        self.snapshot: str | None = None


class Snapshots:
    """Looks over a connection of its own, and once for all who ask while a look is under way.

    It speaks to libpq itself: the driver's cursor costs several times the look. Belongs to one event
    loop.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: psycopg.AsyncConnection | None = None
        # Kept, since libpq knows it no more once the other side has hung up.
        self._socket = -1
        self._connecting: asyncio.Task[None] | None = None
        self._under_way: Look | None = None
        self._next: Look | None = None
        self._deadline: asyncio.TimerHandle | None = None

    def look(self) -> Look:
        """Begin to look; what is seen is of a moment after this call."""
        # The look that is under way may have been answered by now, so it is the next that counts.
        look = self._next
        if look is None:
            look = self._next = Look()
            if self._under_way is None:
                # After all whose requests came in with this one, so that they share the look.
                asyncio.get_running_loop().call_soon(self._begin_next)
        return look

    async def seen(self, look: Look) -> str | None:
        """The snapshot that this look sees; None where PostgreSQL does not say it soon."""
        if look is self._under_way and self._connection is not None:
            # It may have been said while its asker did something else.
            self._receive(self._connection.pgconn)
        if not look.is_over.is_set():
            await look.is_over.wait()
        return look.snapshot

    def close(self) -> None:
        """Hang up; whoever waits is told nothing. The next who asks has it connect again."""
        if self._deadline is not None:
            self._deadline.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._connection.pgconn.finish()
        waited_for = [look for look in (self._under_way, self._next) if look is not None]
        self._connection = self._connecting = self._under_way = self._next = None
        for look in waited_for:
            look.snapshot = None
            look.is_over.set()

    def _begin_next(self) -> None:
        if self._next is None or self._under_way is not None:
            return
        self._under_way, self._next = self._next, None
        self._deadline = asyncio.get_running_loop().call_later(LOOK_SECONDS, self.close)
        if self._connection is None:
            self._connecting = asyncio.create_task(self._connect())
        else:
            self._send(self._connection.pgconn)

    async def _connect(self) -> None:
        try:
            with ExitStack() as undo:
                connection = await self._database.connect_aside()
                undo.callback(connection.pgconn.finish)
                await connection.execute(_PREPARE)
                undo.pop_all()
        except (psycopg.Error, OSError):
            self._connecting = None
            self.close()
            return
        line = connection.pgconn
        self._connection, self._socket, self._connecting = connection, line.socket, None
        asyncio.get_running_loop().add_reader(self._socket, self._receive, line)
        self._send(line)

    def _send(self, line: PGconn) -> None:
        try:
            line.send_query_prepared(_NAME, [])
            # Were the socket full, the rest would stay here, until the deadline ends the look.
            line.flush()
        except psycopg.Error:
            self.close()

    def _receive(self, line: PGconn) -> None:
        try:
            line.consume_input()
        except psycopg.Error:
            self.close()
            return
        while self._under_way is not None and not line.is_busy():
            result = line.get_result()
            if result is None:
                self._end(self._under_way)
            elif result.status == ExecStatus.TUPLES_OK:
                self._under_way.snapshot = (result.get_value(0, 0) or b"").decode()
            else:
                self.close()

    def _end(self, look: Look) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._under_way = None
        look.is_over.set()
        self._begin_next()
