"""What became of messages since the worker started, counted by all its processes together.

Each child of the pool counts in a place of its own, in memory that it shares with the main process:
no lock that a killed child could keep, and nothing lost when it is replaced.
"""

import mmap
import struct
from enum import StrEnum

from billiard.process import current_process

from sloty_shared.models import Channel


class Outcome(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    DEFERRED = "deferred"


_PLACES = [(channel, outcome) for channel in Channel for outcome in Outcome]
_CHILDREN = 256
_COUNT = struct.Struct("Q")
_memory = mmap.mmap(-1, _CHILDREN * len(_PLACES) * _COUNT.size)


def count(channel: Channel, outcome: Outcome) -> None:
    child = getattr(current_process(), "index", 0) % _CHILDREN
    place = _offset(child, _PLACES.index((channel, outcome)))
    _COUNT.pack_into(_memory, place, _COUNT.unpack_from(_memory, place)[0] + 1)


def totals() -> dict[tuple[Channel, Outcome], int]:
    return {
        key: sum(
            _COUNT.unpack_from(_memory, _offset(child, place))[0] for child in range(_CHILDREN)
        )
        for place, key in enumerate(_PLACES)
    }


def _offset(child: int, place: int) -> int:
    return (child * len(_PLACES) + place) * _COUNT.size
