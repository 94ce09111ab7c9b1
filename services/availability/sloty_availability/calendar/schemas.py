"""The JSON of a provider's calendar; all times carry the offset of its `timezone`."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from sloty_shared.models import AppointmentStatus, ScheduleType
from sloty_shared.web.schemas import Resource


class OpenTime(Resource):
    """What rules, AVAILABLE overrides and business hours open, blocked and booked or not."""

    start_time: dt.datetime = Field(examples=["2026-11-24T09:00:00+01:00"])
    end_time: dt.datetime = Field(examples=["2026-11-24T17:00:00+01:00"])


class BlockedTime(Resource):
    """What an override takes away."""

    start_time: dt.datetime
    end_time: dt.datetime
    override_id: UUID
    type: ScheduleType
    reason: str | None


class BookedTime(Resource):
    """An appointment, or a hold during a booking, which has no `appointmentId`.

    Whoever may not read the provider's appointments sees the times alone.
    """

    start_time: dt.datetime
    end_time: dt.datetime
    held_until: dt.datetime = Field(description="`endTime` and the buffer after it.")
    appointment_id: UUID | None
    status: AppointmentStatus | None
    service_id: UUID | None


class CalendarView(Resource):
    """Each list in time order. Open and blocked times are cut at the ends of the period."""

    provider_id: UUID
    timezone: str = Field(examples=["Europe/Berlin"])
    open: list[OpenTime]
    blocked: list[BlockedTime]
    booked: list[BookedTime]
