"""Answers of this process that are given again while they are exact.

No message can tell a process of a commit before its client is told, so each request asks PostgreSQL
whether there was one, and shares that question with the others of the moment. What an equal snapshot
sees is all the same: rows, log-ins and permissions. Only the clock moves meanwhile, and the rules of
time go by whole seconds.
"""

import asyncio
import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cachetools import LRUCache
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import Scope

from sloty_shared.snapshots import Look, Snapshots

# Whoever asks, and in which tenant: to one address each of them has an answer of their own.
_CALLER_HEADERS = frozenset({b"authorization", b"sloty-tenant"})
# What an answer takes beside its body, roughly.
_OVERHEAD_BYTES = 2048
# Of so many addresses before the `?`, of up to so many bytes, it is known that lists are kept.
_MOST_ADDRESSES, _ADDRESS_BYTES = 1024, 1024


def second_of(moment: datetime) -> int:
    """The second whose rules of time this moment goes by."""
    return math.ceil(moment.timestamp())


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, the route that made it, and the snapshot and the second that it was made under.

    `whole` is None where its caller had it already, so that it was not written.
    """

    snapshot: str
    second: int
    route: BaseRoute
    etag: str
    unchanged: Response
    whole: Response | None


class AnswerMemory:
    """Up to `most_bytes` of what was answered last, by who asked for what."""

    def __init__(self, snapshots: Snapshots, most_bytes: int) -> None:
        self._snapshots = snapshots
        self._kept: LRUCache[bytes, Made] = LRUCache(most_bytes, getsizeof=_size)
        self._addresses: LRUCache[bytes, None] = LRUCache(_MOST_ADDRESSES)
        self._being_made: dict[bytes, asyncio.Event] = {}

    @staticmethod
    def key(scope: Scope) -> bytes:
        """Of a request, whenever it is asked; it tells nobody the token that went into it."""
        caller = [b"%b:%b" % header for header in scope["headers"] if header[0] in _CALLER_HEADERS]
        # A line ends none of these, so that no two requests are written alike.
        asked = b"\n".join([scope["raw_path"], scope["query_string"], *caller])
        return hashlib.blake2b(asked, digest_size=16).digest()

    def foresee(self, arriving: bytes) -> Look | None:
        """Begin the look of a request whose first bytes these are, if it may be given something again.

        PostgreSQL answers while the server reads the rest and the layers around do their work.
        """
        end = arriving.find(b"?", 0, _ADDRESS_BYTES)
        is_known = end > 0 and arriving[:end] in self._addresses
        return self._snapshots.look() if is_known else None

    async def recall(self, key: bytes, now: datetime, foreseen: Look | None) -> Made | None:
        """What was answered, if it is what would be answered now.

        `foreseen` is the look that began when the request came in, if one did. Where somebody makes
        it anew, this waits for them: a crowd that asks for one list after a booking has it made once.
        """
        made = await self._exact(key, now, foreseen)
        if made is None and key in self._being_made:
            await self._being_made[key].wait()
            made = await self._exact(key, now, None)
        return made

    async def _exact(self, key: bytes, now: datetime, foreseen: Look | None) -> Made | None:
        made = self._kept.get(key)
        if made is None or made.second != second_of(now):
            return None
        look = foreseen or self._snapshots.look()
        return made if made.snapshot == await self._snapshots.seen(look) else None

    @contextmanager
    def making(self, key: bytes) -> Iterator[None]:
        """Let others wait who ask for the same, where it is known that it can be given again."""
        if key not in self._kept or key in self._being_made:
            yield
            return
        is_made = self._being_made[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._being_made[key]
            is_made.set()

    def keep(self, scope: Scope, key: bytes, made: Made) -> None:
        if _size(made) <= self._kept.maxsize:
            self._kept[key] = made
            self._addresses[b"GET %b" % scope["raw_path"]] = None

    def close(self) -> None:
        self._snapshots.close()


def _size(made: Made) -> int:
    return _OVERHEAD_BYTES + (0 if made.whole is None else len(made.whole.body))
