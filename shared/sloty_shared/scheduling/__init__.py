"""The rules of time, as pure functions: what is open, which starts are offered, why one is not."""

from sloty_shared.scheduling.openings import blocked_times, open_windows
from sloty_shared.scheduling.slots import list_slots, places_left
from sloty_shared.scheduling.terms import (
    AVAILABLE,
    Calendar,
    Held,
    Offering,
    Override,
    WeeklyRule,
)
from sloty_shared.scheduling.verdict import Refusal, RefusalCode, judge
from sloty_shared.scheduling.wall_time import format_wall_time, parse_wall_time

__all__ = [
    "AVAILABLE",
    "Calendar",
    "Held",
    "Offering",
    "Override",
    "Refusal",
    "RefusalCode",
    "WeeklyRule",
    "blocked_times",
    "format_wall_time",
    "judge",
    "list_slots",
    "open_windows",
    "parse_wall_time",
    "places_left",
]
