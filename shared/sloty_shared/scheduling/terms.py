"""The plain values that the engine reasons about.

Wall-clock times are minutes after midnight (0 to 1440, the end of the day). A span whose end is
not after its start runs into the next date. Instants are whole seconds since 1970-01-01 UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

AVAILABLE = "AVAILABLE"


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """An opening on every `day_of_week` (0 = Sunday) from `valid_from` to `valid_to`, inclusive."""

    day_of_week: int
    start: int
    end: int
    valid_from: date | None = None
    valid_to: date | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Override:
    """A dated exception: AVAILABLE opens instead of the rules, any other kind blocks.

    A block without times takes its whole date. `id` is for the caller to know the row again.
    Raises ValueError for one time without the other, and for AVAILABLE without times.
    """

    date: date
    kind: str
    start: int | None = None
    end: int | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("an override has both times or neither")
        if self.kind == AVAILABLE and self.start is None:
            raise ValueError("an AVAILABLE override needs its times")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a provider works, read in the IANA `zone` of the provider's location.

    `business_hours` has the spans of "sun" to "sat": empty sets no limit, a missing day is closed.
    `is_active` says that the provider is active and the location's status ACTIVE.
    """

    zone: str
    rules: tuple[WeeklyRule, ...] = ()
    overrides: tuple[Override, ...] = ()
    business_hours: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Offering:
    """What is booked: `duration`, `buffer` and `interval` of the grid in minutes.

    `min_advance` is in hours, `max_advance` in days (None: no limit). `capacity` is how many share
    one start.
    Raises ValueError if the duration or the interval is under a minute.
    """

    duration: int
    buffer: int
    interval: int
    min_advance: int = 0
    max_advance: int | None = None
    is_active: bool = True
    capacity: int = 1

    def __post_init__(self) -> None:
        if self.duration < 1 or self.interval < 1:
            raise ValueError("a service and the grid of its starts take a minute or more")


class Held(NamedTuple):
    """A provider's time from `start` until `end` that is taken, its holder's buffer included.

    `places` are those left in it for others who share its start, where it is a session of what
    is asked about.
    """

    start: int
    end: int
    places: int = 0
