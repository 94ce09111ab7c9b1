"""The JSON of weekly rules and overrides."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_validator,
)

from sloty_shared.models import ScheduleType
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import DayOfWeek, LocalDate, LongText, ShortText, WallTime
from sloty_shared.web.schemas import ApiModel, Checked, Choice, Resource

END_OF_DAY = "24:00"
MAX_RULES = 500
MAX_OVERRIDES = 2000


def _not_end_of_day(value: str) -> str:
    if value == END_OF_DAY:
        raise ValueError("A start cannot be the end of the day; write 00:00 of the next one")
    return value


StartTime = Annotated[WallTime, AfterValidator(_not_end_of_day)]
"""A wall-clock time from 00:00 to 23:59."""


class NewRule(ApiModel):
    day_of_week: DayOfWeek = Field(description="0 is Sunday.", examples=[1])
    start_time: StartTime = Field(
        description="Wall-clock time at the provider's location.", examples=["09:00"]
    )
    end_time: WallTime = Field(
        description="`24:00` is the end of the day; an end not after the start is on the next day.",
        examples=["17:00"],
    )
    valid_from: LocalDate | None = Field(None, description="The first date, included.")
    valid_to: LocalDate | None = Field(None, description="The last date, included.")
    is_active: bool = True

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, value: dt.date | None, info: ValidationInfo) -> dt.date | None:
        first = info.data.get("valid_from")
        if value and first and value < first:
            raise ValueError("This lies before validFrom")
        return value


class RuleChange(ApiModel):
    day_of_week: DayOfWeek | None = Field(None, description="0 is Sunday.", examples=[2])
    start_time: WallTime | None = Field(None, examples=["10:00"])
    end_time: WallTime | None = Field(None, examples=["18:00"])
    valid_from: Clearable[LocalDate] = Field(None, description='`""` takes the bound away.')
    valid_to: Clearable[LocalDate] = Field(None, description='`""` takes the bound away.')
    is_active: bool | None = None


class Week(ApiModel):
    """All weekly rules of a provider."""

    items: Annotated[list[NewRule], Field(max_length=MAX_RULES)]


class RuleView(Resource):
    id: UUID
    provider_id: UUID
    day_of_week: int
    start_time: str
    end_time: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    is_active: bool
    created_at: dt.datetime
    updated_at: dt.datetime


class NewOverride(ApiModel):
    date: LocalDate = Field(examples=["2026-12-24"])
    type: Choice[ScheduleType] = Field(examples=["UNAVAILABLE"])
    start_time: Checked[StartTime | None] = Field(
        None,
        description="Left out, with `endTime`: the whole date. AVAILABLE needs both.",
        examples=["09:00"],
    )
    end_time: Checked[WallTime | None] = Field(None, examples=["12:00"])
    reason: ShortText | None = None
    notes: LongText | None = None

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:
        missing = [name for name in ("startTime", "endTime") if data.get(name) is None]
        if missing and data.get("type") == ScheduleType.AVAILABLE:
            return dict.fromkeys(missing, ValueError("AVAILABLE needs startTime and endTime"))
        if len(missing) == 1:
            return dict.fromkeys(missing, ValueError("startTime and endTime go together"))
        return {}


class OverrideChange(ApiModel):
    date: LocalDate | None = None
    type: Choice[ScheduleType] | None = Field(None, examples=["UNAVAILABLE"])
    start_time: Clearable[WallTime] = Field(
        None, description='`""`, with `endTime`: the whole date.', examples=["10:00"]
    )
    end_time: Clearable[WallTime] = Field(None, examples=["13:00"])
    reason: Clearable[ShortText] = Field(None, description='`""` takes it away.')
    notes: Clearable[LongText] = Field(None, description='`""` takes them away.')


class OverrideView(Resource):
    id: UUID
    provider_id: UUID
    date: dt.date
    type: ScheduleType
    start_time: str | None
    end_time: str | None
    reason: str | None
    notes: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
