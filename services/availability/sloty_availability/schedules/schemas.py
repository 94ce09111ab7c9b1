"""The JSON of weekly rules and overrides."""

import datetime as dt
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from sloty_shared.models import ScheduleType
from sloty_shared.web.fields import DayOfWeek, LocalDate, LongText, ShortText, WallTime
from sloty_shared.web.schemas import ApiModel, Choice, Resource

END_OF_DAY = "24:00"


class NewRule(ApiModel):
    day_of_week: DayOfWeek = Field(description="0 is Sunday.", examples=[1])
    start_time: WallTime = Field(
        description="Wall-clock time at the provider's location.", examples=["09:00"]
    )
    end_time: WallTime = Field(
        description="`24:00` is the end of the day; an end not after the start is on the next day.",
        examples=["17:00"],
    )
    valid_from: LocalDate | None = Field(None, description="The first date, included.")
    valid_to: LocalDate | None = Field(None, description="The last date, included.")
    is_active: bool = True

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.start_time == END_OF_DAY:
            raise ValueError("startTime cannot be the end of the day")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("validTo lies before validFrom")
        return self


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
    start_time: WallTime | None = Field(
        None, description="Left out, with `endTime`: the whole date.", examples=["09:00"]
    )
    end_time: WallTime | None = Field(None, examples=["12:00"])
    reason: ShortText | None = None
    notes: LongText | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.start_time is None) != (self.end_time is None):
            raise ValueError("startTime and endTime go together")
        if self.type is ScheduleType.AVAILABLE and self.start_time is None:
            raise ValueError("AVAILABLE needs startTime and endTime")
        if self.start_time == END_OF_DAY:
            raise ValueError("startTime cannot be the end of the day")
        return self


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
