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

from sloty_shared.snapshots import Snapshots

# Whoever asks, and in which tenant: to one address each of them has an answer of their own.
_CALLER_HEADERS = frozenset({b"authorization", b"sloty-tenant"})
# What an answer takes beside its body, roughly.
_OVERHEAD_BYTES = 2048


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
        self._being_made: dict[bytes, asyncio.Event] = {}

    @staticmethod
    def key(scope: Scope) -> bytes:
        """Of a request, whenever it is asked; it tells nobody the token that went into it."""
        caller = [b"%b:%b" % header for header in scope["headers"] if header[0] in _CALLER_HEADERS]
        # A line ends none of these, so that no two requests are written alike.
        asked = b"\n".join([scope["raw_path"], scope["query_string"], *caller])
        return hashlib.blake2b(asked, digest_size=16).digest()

    async def recall(self, key: bytes, now: datetime) -> Made | None:
        """What was answered, if it is what would be answered now.

        Where somebody makes it anew, this waits for them: a crowd that asks for one list after a
        booking has it made once.
        """
        made = await self._exact(key, now)
        if made is None and key in self._being_made:
            await self._being_made[key].wait()
            made = await self._exact(key, now)
        return made

    async def _exact(self, key: bytes, now: datetime) -> Made | None:
        made = self._kept.get(key)
        if made is None or made.second != second_of(now):
            return None
        return made if made.snapshot == await self._snapshots.latest() else None

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

    def keep(self, key: bytes, made: Made) -> None:
        if _size(made) <= self._kept.maxsize:
            self._kept[key] = made

    def close(self) -> None:
        self._snapshots.close()


def _size(made: Made) -> int:
    return _OVERHEAD_BYTES + (0 if made.whole is None else len(made.whole.body))
