"""What clients asked for and were told, call by call, and what the database holds in the end."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

NEVER = float("inf")


class Op(StrEnum):
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Span:
    """A time of one provider, half-open; of a group's session with its service and its places."""

    provider: str
    start: datetime
    end: datetime
    group: str | None = None
    places: int = 1

    def is_shared_with(self, other: "Span") -> bool:
        return self.group is not None and self == other

    def overlaps(self, other: "Span") -> bool:
        """Whether the two exclude each other, as places of one session do not."""
        meets = self.start < other.end and other.start < self.end
        return self.provider == other.provider and meets and not self.is_shared_with(other)


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `status` is None where no answer came, so that nobody knows whether it was done.

    `wanted` is the time asked for; with no provider named, that of each who could have given it.
    `target` is the row that it moves, cancels, releases or consumes; `made` the row in its answer,
    `taken` the time of that row, and `body` all of the answer in short. A list has `shown`.
    """

    id: int
    client: int
    op: Op
    began: float
    ended: float
    status: int | None
    code: str | None = None
    wanted: tuple[Span, ...] = ()
    taken: Span | None = None
    target: str | None = None
    made: str | None = None
    key: str | None = None
    body: str | None = None
    shown: tuple[Span, ...] = ()

    @property
    def done(self) -> bool:
        return self.status in (200, 201, 204)

    @property
    def unknown(self) -> bool:
        """No answer, or one that says no more than that: 503 is also said of a lost commit."""
        return self.status in (None, 503)

    @property
    def may_be_done(self) -> bool:
        return self.done or self.unknown

    @property
    def takes(self) -> bool:
        return self.op in (Op.BOOK, Op.MOVE, Op.HOLD)

    @property
    def spans(self) -> tuple[Span, ...]:
        """What it holds if it was done: one of these."""
        return self.wanted if self.taken is None else (self.taken,)


@dataclass(frozen=True, slots=True)
class Row:
    """An appointment or a hold as it is stored; `key` is that of the call which asked for it."""

    id: str
    span: Span
    status: str
    key: str | None
    moved_from: str | None = None
    moved_to: str | None = None

    @property
    def stands(self) -> bool:
        return self.status in ("SCHEDULED", "CONFIRMED", "HELD")


@dataclass(frozen=True, slots=True)
class History:
    calls: list[Call] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Each call and row as a line of JSON, to be looked into when the checker complains."""
        lines: Iterable[Call | Row] = (*self.calls, *self.rows)
        path.write_text("".join(f"{json.dumps(asdict(line), default=str)}\n" for line in lines))
