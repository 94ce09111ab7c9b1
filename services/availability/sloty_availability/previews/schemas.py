"""The JSON of a dry run."""

import datetime as dt
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from sloty_availability.schedules.schemas import MAX_RULES, NewOverride, NewRule
from sloty_shared.models import AppointmentStatus, ScheduleType
from sloty_shared.web.schemas import ApiModel, Resource


class ChangedHours(ApiModel):
    """What would be saved. With neither part, the calendar is looked at as it is."""

    week: Annotated[list[NewRule], Field(max_length=MAX_RULES)] | None = Field(
        None, description="Weekly rules in the place of all that there are."
    )
    override: NewOverride | None = Field(
        None, description="One more override, or another in the place of the one of its time."
    )


class Reason(StrEnum):
    CLOSED = "closed"
    BLOCKED = "blocked"


class Outside(Resource):
    """An appointment that would lie outside of open time, in whole or in part."""

    appointment_id: UUID
    start_time: dt.datetime
    end_time: dt.datetime
    status: AppointmentStatus
    reason: Reason = Field(description="`closed`: not open for all of it. `blocked`: by a block.")
    blocked_by: ScheduleType | None = Field(description="The type of the block.")
    already_outside: bool = Field(description="It lies outside today, without the change.")


class Preview(Resource):
    """The appointments that would fall outside, in time order."""

    items: list[Outside]
    checked: int = Field(description="How many future appointments were looked at.")
    is_complete: bool = Field(
        description="False where the provider has more of them than one dry run looks at."
    )
