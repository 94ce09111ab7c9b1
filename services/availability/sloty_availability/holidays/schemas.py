"""The JSON of public holidays."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from sloty_shared.web.fields import Line
from sloty_shared.web.schemas import ApiModel, Resource

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Line]
Subdivision = Annotated[str, Line, StringConstraints(min_length=1, max_length=50)]


class HolidayYear(ApiModel):
    country: CountryCode = Field(description="ISO 3166-1 code.", examples=["DE"])
    subdivision: Subdivision | None = Field(
        None, description="The part of an ISO 3166-2 code after the hyphen.", examples=["BE"]
    )
    year: Annotated[int, Field(strict=True, ge=2000, le=2100)] = Field(examples=[2027])


class AddedHoliday(Resource):
    override_id: UUID
    date: dt.date
    name: str = Field(examples=["Neujahr"])


class SkippedHoliday(Resource):
    date: dt.date
    name: str
    why: str = Field(
        description="`override_exists`: there is an override for the whole of this date.",
        examples=["override_exists"],
    )


class HolidaysAdded(Resource):
    """Both lists in order of their date."""

    added: list[AddedHoliday]
    skipped: list[SkippedHoliday]
