"""What one run of the benchmarks was asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    SLOTS = "slots"
    BOOK = "book"
    NOTIFICATIONS = "notifications"


FEW, MANY = 1_000, 1_000_000


@dataclass(frozen=True)
class Options:
    """`seconds` is how long one of those compared is measured at a time, `rounds` how often.

    `stored` is how many appointments of others the small and the large database hold. `quick`
    leaves out all but the cases that stand for the others.
    """

    parts: tuple[Part, ...] = tuple(Part)
    seconds: float = 1.0
    rounds: int = 5
    api_processes: int = 1
    stored: tuple[int, int] = (FEW, MANY)
    quick: bool = False
    say: Callable[[str], None] = field(default=lambda _line: None, compare=False)
