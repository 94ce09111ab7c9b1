"""What was done to each of many appointments, or why it was not, as the answers and problems tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sloty_booking.appointments.cancel_many import Cancelled
from sloty_booking.appointments.refusals import OutsideAvailability
from sloty_booking.series.recurrence import Occurrence
from sloty_booking.series.schemas import CancelView, FreeSlot
from sloty_shared.errors import Conflict, Invalid, SlotyError
from sloty_shared.models import Appointment
from sloty_shared.scheduling import RefusalCode


class SeriesConflict(Conflict):
    """Some of these times are taken, or appointments fixed by now, so that nothing was changed."""

    code = "series_conflict"
    title = "Series conflict"


class SeriesNotBookable(Invalid):
    """Some of these times cannot be booked, so that nothing was changed."""

    code = "series_not_bookable"
    title = "Series not bookable"


@dataclass(frozen=True, slots=True)
class Booked:
    """One occurrence, with its appointment or with what refused it."""

    occurrence: Occurrence
    appointment: Appointment | None = None
    refusal: SlotyError | None = None

    def told(self) -> dict[str, Any]:
        return (
            _time(self.occurrence)
            | _refused(self.refusal)
            | {"appointment_id": self.appointment and self.appointment.id}
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """One appointment that was to be moved to an occurrence: the new one, or what refused it."""

    old: Appointment
    occurrence: Occurrence
    new: Appointment | None = None
    refusal: SlotyError | None = None

    def told(self) -> dict[str, Any]:
        return (
            _time(self.occurrence)
            | _refused(self.refusal)
            | {
                "appointment_id": self.old.id,
                "rescheduled_to_id": self.new and self.new.id,
            }
        )


def skipped_hour() -> SlotyError:
    """What refuses an occurrence at a time that no clock reads: it is not open."""
    return OutsideAvailability(
        "The clock skips this hour on that date.", rule=RefusalCode.OUTSIDE_AVAILABILITY.value
    )


def refuse_all(refused: Sequence[Booked] | Sequence[Moved]) -> SlotyError:
    """The problem that lists each of them: a conflict where any of them would be one."""
    kind = (
        SeriesConflict
        if any(isinstance(each.refusal, Conflict) for each in refused)
        else SeriesNotBookable
    )
    return kind(occurrences=[_in_problem(each) for each in refused])


def told_of_cancelling(cancelled: Sequence[Cancelled]) -> list[CancelView]:
    return [
        CancelView(
            appointment_id=each.appointment.id,
            start_time=each.appointment.start_time,
            status=each.appointment.status,
            rule=each.refusal.code if each.refusal else None,
            detail=each.refusal.detail if each.refusal else None,
        )
        for each in cancelled
    ]


def _time(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "local_time": occurrence.local.isoformat(timespec="seconds"),
        "start_time": occurrence.start,
    }


def _refused(refusal: SlotyError | None) -> dict[str, Any]:
    return {
        "rule": refusal.code if refusal else None,
        "detail": refusal.detail if refusal else None,
        "next_slots": [
            FreeSlot(
                start_time=slot["startTime"],
                end_time=slot["endTime"],
                provider_id=slot["providerId"],
                location_id=slot["locationId"],
            )
            for slot in _next_slots(refusal)
        ],
    }


def _next_slots(refusal: SlotyError | None) -> list[dict[str, Any]]:
    return refusal.extra.get("nextSlots", []) if refusal else []


def _in_problem(each: Booked | Moved) -> dict[str, Any]:
    """JSON in the API's own names."""
    told, start = each.told(), each.occurrence.start
    found = {
        "localTime": told["local_time"],
        "startTime": start and start.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "rule": told["rule"],
        "detail": told["detail"],
        "nextSlots": _next_slots(each.refusal),
    }
    if isinstance(each, Moved):
        found["appointmentId"] = str(each.old.id)
    return found
