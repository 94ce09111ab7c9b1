"""Why a time cannot be booked, as problems that name the rule and what is free instead."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sloty_shared.calendars import Bookable, epoch_after
from sloty_shared.errors import Conflict, Invalid, SlotyError
from sloty_shared.scheduling import Offering, Refusal, RefusalCode, list_slots

ALTERNATIVES = 5
ALTERNATIVES_WITHIN = timedelta(days=14)


class Inactive(Invalid):
    """The service, the provider or the location is not active."""

    code = "inactive"
    title = "Not active"


class TooSoon(Invalid):
    """The service must be booked longer in advance."""

    code = "too_soon"
    title = "Too soon"


class TooFar(Invalid):
    """The service cannot be booked that far in advance yet."""

    code = "too_far"
    title = "Too far"


class OutsideAvailability(Invalid):
    """The provider is not available for the whole of this time."""

    code = "outside_availability"
    title = "Outside availability"


class NotASlot(Invalid):
    """The provider is available, but appointments do not start at this time."""

    code = "not_a_slot"
    title = "Not a slot"


class SlotUnavailable(Conflict):
    """This time is taken."""

    code = "slot_unavailable"
    title = "Slot unavailable"


REFUSALS: dict[RefusalCode, type[SlotyError]] = {
    RefusalCode.INACTIVE: Inactive,
    RefusalCode.TOO_SOON: TooSoon,
    RefusalCode.TOO_FAR: TooFar,
    RefusalCode.OUTSIDE_AVAILABILITY: OutsideAvailability,
    RefusalCode.NOT_A_SLOT: NotASlot,
    RefusalCode.SLOT_UNAVAILABLE: SlotUnavailable,
}
_ORDER = list(RefusalCode)


def refusal_error(refusals: Sequence[Refusal], alternatives: list[dict[str, Any]]) -> SlotyError:
    """The problem of the provider who came nearest to being bookable, with free slots."""
    nearest = max(refusals, key=lambda refusal: _ORDER.index(refusal.code))
    more: dict[str, Any] = {"rule": nearest.code.value, "nextSlots": alternatives}
    if nearest.earliest is not None:
        more["earliest"] = _shown(nearest.earliest)
    if nearest.last_date is not None:
        more["lastDate"] = nearest.last_date.isoformat()
    return REFUSALS[nearest.code](**more)


def next_slots(
    bookables: Sequence[Bookable], offering: Offering, *, start: datetime, now: datetime
) -> list[dict[str, Any]]:
    """The first free slots from `start` on, in time order, as JSON."""
    first, moment = epoch_after(max(start, now)), epoch_after(now)
    last = first + int(ALTERNATIVES_WITHIN.total_seconds())
    found = sorted(
        (slot, place)
        for place, each in enumerate(bookables)
        for slot in list_slots(
            each.calendar, offering, each.held, start=first, end=last, now=moment
        )[:ALTERNATIVES]
    )
    return [
        {
            "startTime": _shown(slot),
            "endTime": _shown(slot + offering.duration * 60),
            "providerId": str(bookables[place].provider_id),
            "locationId": str(bookables[place].location_id),
        }
        for slot, place in found[:ALTERNATIVES]
    ]


def _shown(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
