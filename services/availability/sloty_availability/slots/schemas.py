"""The JSON of slots."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from sloty_shared.models import AppointmentStatus, ScheduleType
from sloty_shared.scheduling import RefusalCode
from sloty_shared.web.schemas import Resource


class Slot(Resource):
    """A time that can be booked; both times carry the offset of `timezone`."""

    start_time: dt.datetime = Field(examples=["2026-11-24T09:00:00+01:00"])
    end_time: dt.datetime = Field(examples=["2026-11-24T09:30:00+01:00"])
    provider_id: UUID
    location_id: UUID
    places_left: int | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="Of a service with a `capacity` over 1: how many more can book this start.",
    )


class SlotList(Resource):
    """Slots in time order."""

    items: list[Slot]
    timezone: str = Field(examples=["Europe/Berlin"])


class NextSlot(Slot):
    """The first slot."""

    timezone: str = Field(examples=["Europe/Berlin"])


class Window(Resource):
    """An open time; what lies more than a day from the start asked about is cut off."""

    start_time: dt.datetime
    end_time: dt.datetime


class Block(Resource):
    """An override that takes the time away."""

    override_id: UUID
    type: ScheduleType
    reason: str | None
    start_time: dt.datetime
    end_time: dt.datetime


class Holder(Resource):
    """An appointment that holds the time until `heldUntil`, its buffer included."""

    appointment_id: UUID
    status: AppointmentStatus
    start_time: dt.datetime
    end_time: dt.datetime
    held_until: dt.datetime


class Explanation(Resource):
    """Whether a time is offered, and if not, by which rule; what stands in the way is for staff."""

    bookable: bool
    rule: RefusalCode | None = Field(description="The first rule that refuses; null if bookable.")
    detail: str = Field(examples=["This time is taken."])
    earliest: dt.datetime | None = Field(
        default=None, description="With `too_soon`: the first instant that could be booked now."
    )
    last_date: dt.date | None = Field(
        default=None, description="With `too_far`: the last local date that can be booked now."
    )
    window: Window | None = Field(
        default=None,
        description="The open window around the start. Only for who may read the calendar.",
    )
    block: Block | None = Field(
        default=None, description="The block in the way. Only for who may read the calendar."
    )
    appointment: Holder | None = Field(
        default=None,
        description="The appointment in the way; null for a hold during a booking. "
        "Only for who may read the provider's appointments.",
    )
