"""The JSON of series, and the reports of what was done to many appointments."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from sloty_booking.appointments.schemas import BookingDetails, StaffMove
from sloty_booking.series.rule_text import LONGEST_RULE, Rule, parse_rule
from sloty_shared.models import AppointmentStatus
from sloty_shared.web.fields import Instant, LongText, parse_id, parse_instant
from sloty_shared.web.schemas import ApiModel, Choice, Resource

EXAMPLE_RULE = "FREQ=WEEKLY;COUNT=4"


def _parse_rule(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("A rule is the text of an RRULE, such as FREQ=WEEKLY;COUNT=10")  # noqa: TRY004
    return parse_rule(value)


def _whole_second(moment: datetime) -> datetime:
    if moment.microsecond:
        raise ValueError("The appointments of a series start at whole seconds")
    return moment


def _parse_since(value: Any) -> UUID | datetime:
    try:
        return parse_instant(value)
    except ValueError:
        pass
    try:
        return parse_id(value)
    except ValueError:
        raise ValueError("Name an appointment's id, or an instant with an offset") from None


RuleText = Annotated[
    Rule,
    BeforeValidator(_parse_rule),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_RULE, "examples": [EXAMPLE_RULE]}),
]
"""A recurrence rule after RFC 5545."""

WholeSecond = Annotated[Instant, AfterValidator(_whole_second)]
"""An instant that a recurrence rule can start from."""

Since = Annotated[
    UUID | datetime,
    BeforeValidator(_parse_since),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "format": "uuid"},
            ]
        }
    ),
]
"""From when on: an instant, or the start of an appointment that is named by its id."""


class OnConflict(StrEnum):
    """What becomes of the others where one time cannot be had."""

    REJECT = "reject"
    SKIP = "skip"


class SeriesBooking(BookingDetails):
    start_time: WholeSecond = Field(
        description="The first occurrence. Its wall time at the provider's location is that of all.",
        examples=["2026-11-24T09:00:00+01:00"],
    )
    rule: RuleText = Field(
        description="An RRULE of RFC 5545 with COUNT or UNTIL: at most 104 occurrences in two "
        "years, daily, weekly, monthly or yearly."
    )
    on_conflict: Choice[OnConflict] = Field(
        OnConflict.REJECT,
        description="`reject`: nothing is booked unless every occurrence can be. `skip`: those "
        "that can be are booked.",
    )


class SeriesCancellation(ApiModel):
    reason: LongText | None = Field(None, examples=["The course has ended."])
    since: Since | None = Field(
        None,
        alias="from",
        description="The id of one of its appointments, or an instant: this and the following. "
        "Left out: all that have not started yet.",
    )


class SeriesMove(StaffMove):
    start_time: WholeSecond = Field(
        description="The new time of the first of them. The others are moved by as much wall time.",
        examples=["2026-11-25T10:00:00+01:00"],
    )
    since: Since | None = Field(
        None,
        alias="from",
        description="The id of one of its appointments, or an instant: this and the following. "
        "Left out: all that have not started yet.",
    )
    on_conflict: Choice[OnConflict] = Field(
        OnConflict.REJECT,
        description="`reject`: nothing is moved unless all can be. `skip`: the others stay where "
        "they are.",
    )


class SeriesView(Resource):
    id: UUID
    rule: str = Field(description="As it was booked, without `RRULE:`.", examples=[EXAMPLE_RULE])
    timezone: str = Field(description="The zone in whose wall time the rule is read.")
    start_time: datetime = Field(description="The first occurrence.")
    service_id: UUID
    customer_id: UUID
    created_at: datetime
    updated_at: datetime
    # For the ETag alone.
    version: int | None = Field(exclude=True)


class FreeSlot(Resource):
    start_time: datetime
    end_time: datetime
    provider_id: UUID
    location_id: UUID


class Refused(Resource):
    """Where something was refused: the code, as of the problem that would answer it alone."""

    rule: str | None = Field(description="The code of what refused it.", examples=["not_a_slot"])
    detail: str | None
    next_slots: list[FreeSlot] = Field(description="Free instead, where a time was refused.")


class OccurrenceView(Refused):
    local_time: str = Field(
        description="What the clock reads at the location.", examples=["2027-03-23T09:00:00"]
    )
    start_time: datetime | None = Field(description="Null where the clock skips this hour.")
    appointment_id: UUID | None = Field(description="Null where nothing was booked.")


class SeriesBooked(SeriesView):
    occurrences: list[OccurrenceView] = Field(description="Each of the rule's, in time order.")


class MoveView(Refused):
    appointment_id: UUID = Field(description="The appointment as it was.")
    rescheduled_to_id: UUID | None = Field(description="The new one; null where it stays.")
    local_time: str = Field(
        description="The new time, as the clock reads at the location.",
        examples=["2027-03-24T10:00:00"],
    )
    start_time: datetime | None = Field(description="Null where the clock skips this hour.")


class SeriesMoved(SeriesView):
    moves: list[MoveView] = Field(description="Each that was to be moved, in time order.")


class CancelView(Resource):
    appointment_id: UUID
    start_time: datetime
    status: AppointmentStatus = Field(description="As it is now.")
    rule: str | None = Field(
        description="The code of what refused it, null where it was cancelled.",
        examples=["invalid_transition"],
    )
    detail: str | None


class SeriesCancelled(SeriesView):
    cancellations: list[CancelView] = Field(
        description="Each that stood and was to be cancelled, in time order."
    )
