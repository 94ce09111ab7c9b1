"""The JSON of locations and services."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from sloty_shared.models import MAX_BUFFER_MINUTES, MAX_DURATION_MINUTES, LocationStatus
from sloty_shared.web.fields import (
    Currency,
    Days,
    EmailAddress,
    Hours,
    Latitude,
    Longitude,
    LongText,
    Money,
    PhoneNumber,
    ShortText,
    WallTime,
    ZoneName,
)
from sloty_shared.web.schemas import ApiModel, Choice, Resource

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
MAX_SPANS_A_DAY = 20


def _span(span: list[str]) -> list[str]:
    if span[0] == "24:00":
        raise ValueError("a span cannot start at the end of the day")
    return span


Span = Annotated[list[WallTime], Field(min_length=2, max_length=2), AfterValidator(_span)]
BusinessHours = Annotated[
    dict[Weekday, Annotated[list[Span], Field(max_length=MAX_SPANS_A_DAY)]],
    Field(
        description="Spans of wall-clock time a weekday; `{}` sets no limit, a missing day is "
        "closed. A span whose end is not after its start runs into the next day.",
        examples=[{"mon": [["09:00", "17:00"]], "tue": [["09:00", "12:00"], ["13:00", "17:00"]]}],
    ),
]


class NewLocation(ApiModel):
    name: ShortText = Field(examples=["Main street"])
    address: ShortText = Field(examples=["1 Main Street"])
    city: ShortText = Field(examples=["Berlin"])
    state: ShortText | None = None
    zip_code: ShortText | None = None
    country: Annotated[ShortText, Field(max_length=60)] = Field("US", examples=["DE"])
    phone: PhoneNumber | None = None
    email: EmailAddress | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    business_hours: BusinessHours = Field(default_factory=dict)
    timezone: ZoneName = Field("UTC", examples=["Europe/Berlin"])
    status: Choice[LocationStatus] = LocationStatus.ACTIVE


class LocationView(Resource):
    id: UUID
    name: str
    address: str
    city: str
    state: str | None
    zip_code: str | None
    country: str
    phone: str | None
    email: str | None
    latitude: float | None
    longitude: float | None
    business_hours: dict[str, list[list[str]]]
    timezone: str
    status: LocationStatus
    created_at: datetime
    updated_at: datetime


class NewService(ApiModel):
    name: ShortText = Field(examples=["First consultation"])
    description: LongText | None = None
    category: ShortText | None = None
    duration: Annotated[int, Field(strict=True, ge=1, le=MAX_DURATION_MINUTES)] = Field(
        description="Minutes.", examples=[30]
    )
    buffer_time: Annotated[int, Field(strict=True, ge=0, le=MAX_BUFFER_MINUTES)] = Field(
        0, description="Minutes kept free after each appointment."
    )
    price: Money | None = Field(None, examples=["49.00"])
    currency: Currency = "USD"
    max_advance_booking: Days | None = Field(None, description="Days.")
    min_advance_booking: Hours = Field(0, description="Hours.")
    requires_approval: bool = False
    is_active: bool = True
    is_online: bool = False


class ServiceView(Resource):
    id: UUID
    name: str
    description: str | None
    category: str | None
    duration: int
    buffer_time: int
    price: Decimal | None
    currency: str
    max_advance_booking: int | None
    min_advance_booking: int
    requires_approval: bool
    is_active: bool
    is_online: bool
    created_at: datetime
    updated_at: datetime
