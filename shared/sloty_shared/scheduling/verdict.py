"""Whether a start can be booked, and if not, the first rule that refuses it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sloty_shared.scheduling.local_time import date_of, local_day
from sloty_shared.scheduling.openings import blocked_times, open_windows
from sloty_shared.scheduling.slots import earliest_start, holding_seconds, last_day, list_slots
from sloty_shared.scheduling.terms import Calendar, Held, Offering, Override


class RefusalCode(StrEnum):
    """The rules that refuse a start, in the order in which they are asked."""

    INACTIVE = "inactive"
    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    OUTSIDE_AVAILABILITY = "outside_availability"
    NOT_A_SLOT = "not_a_slot"
    SLOT_UNAVAILABLE = "slot_unavailable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a start cannot be booked, and what stands in the way, where there is such a thing.

    `earliest` comes with too_soon (an instant), `last_date` with too_far (a local date) and `held`
    with slot_unavailable. With outside_availability comes `closes`, the instant at which an open
    time ends before the slot does, or `block` if the time is open but blocked.
    """

    code: RefusalCode
    earliest: int | None = None
    last_date: date | None = None
    closes: int | None = None
    block: Override | None = None
    held: Held | None = None


def judge(
    calendar: Calendar,
    offering: Offering,
    held: Sequence[Held],
    at: int,
    *,
    now: int,
    whole_second: bool = True,
) -> Refusal | None:
    """None if `list_slots` offers the start, else why not.

    `at` is rounded down to the second, and `whole_second` is false where that dropped a fraction;
    such a start is on no grid. `held` and `now` are as for `list_slots`.
    """
    if whole_second and list_slots(calendar, offering, held, start=at, end=at + 1, now=now):
        return None
    return (
        _limit(calendar, offering, at, now)
        or _closure(calendar, at, at + offering.duration * 60 + (not whole_second))
        or _collision(calendar, offering, held, at, now, whole_second=whole_second)
    )


def _limit(calendar: Calendar, offering: Offering, at: int, now: int) -> Refusal | None:
    if not (calendar.is_active and offering.is_active):
        return Refusal(RefusalCode.INACTIVE)
    earliest = earliest_start(offering, now)
    if at < earliest:
        return Refusal(RefusalCode.TOO_SOON, earliest=earliest)
    last = last_day(calendar, offering, now)
    if last is not None and local_day(calendar.zone, at) > last:
        return Refusal(RefusalCode.TOO_FAR, last_date=date_of(last))
    return None


def _closure(calendar: Calendar, start: int, end: int) -> Refusal | None:
    """Refuses what is not open throughout, or is blocked in part."""
    opened = open_windows(calendar, start, end)
    if opened != [(start, end)]:
        closes = opened[0][1] if opened and opened[0][0] == start else None
        return Refusal(RefusalCode.OUTSIDE_AVAILABILITY, closes=closes)
    blocked = blocked_times(calendar, start, end)
    if blocked:
        return Refusal(RefusalCode.OUTSIDE_AVAILABILITY, block=blocked[0][2])
    return None


def _collision(
    calendar: Calendar,
    offering: Offering,
    held: Sequence[Held],
    at: int,
    now: int,
    *,
    whole_second: bool,
) -> Refusal:
    """Refuses an open time: it is off the grid, or else it must be held."""
    if not (whole_second and list_slots(calendar, offering, (), start=at, end=at + 1, now=now)):
        return Refusal(RefusalCode.NOT_A_SLOT)
    end = at + holding_seconds(offering)
    in_the_way = next(taken for taken in held if taken.start < end and at < taken.end)
    return Refusal(RefusalCode.SLOT_UNAVAILABLE, held=in_the_way)
