"""Answers of this process that are given again while they are exact.

No message can tell a process of a commit before its client is told, so each request asks PostgreSQL
whether there was one, and shares that question with the others of the moment. What an equal snapshot
sees is all the same: rows, log-ins and permissions. Only the clock moves meanwhile, and the rules of
time go by whole seconds.
"""

import hashlib
import math
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


@dataclass(frozen=True, slots=True)
class Made:
    """An answer and its tag, the route that made it, and the snapshot that it was read under."""

    snapshot: str
    route: BaseRoute
    etag: str
    response: Response


class AnswerMemory:
    """Up to `most_bytes` of what was answered last, by who asked for what in which second."""

    def __init__(self, snapshots: Snapshots, most_bytes: int) -> None:
        self._snapshots = snapshots
        self._kept: LRUCache[bytes, Made] = LRUCache(most_bytes, getsizeof=_size)

    @staticmethod
    def key(scope: Scope, now: datetime) -> bytes:
        """Of a request and its second; it tells nobody the token that went into it."""
        second = math.ceil(now.timestamp())
        caller = [b"%b:%b" % header for header in scope["headers"] if header[0] in _CALLER_HEADERS]
        asked = [str(second).encode(), scope["raw_path"], scope["query_string"], *caller]
        # A line ends none of these, so that no two requests are written alike.
        return hashlib.blake2b(b"\n".join(asked), digest_size=16).digest()

    async def recall(self, key: bytes) -> Made | None:
        """What was answered, if it is what would be answered now."""
        made = self._kept.get(key)
        if made is None or made.snapshot != await self._snapshots.latest():
            return None
        return made

    def keep(self, key: bytes, made: Made) -> None:
        if _size(made) <= self._kept.maxsize:
            self._kept[key] = made

    async def close(self) -> None:
        await self._snapshots.close()


def _size(made: Made) -> int:
    return _OVERHEAD_BYTES + len(made.response.body)
