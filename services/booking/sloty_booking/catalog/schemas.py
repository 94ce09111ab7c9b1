"""The JSON of locations and services."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from sloty_shared.models import MAX_BUFFER_MINUTES, MAX_DURATION_MINUTES, LocationStatus
from sloty_shared.web.changes import Clearable
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

MAX_CAPACITY = 1000

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
Country = Annotated[ShortText, Field(max_length=60)]
Duration = Annotated[int, Field(strict=True, ge=1, le=MAX_DURATION_MINUTES)]
BufferTime = Annotated[int, Field(strict=True, ge=0, le=MAX_BUFFER_MINUTES)]
Capacity = Annotated[int, Field(strict=True, ge=1, le=MAX_CAPACITY)]


class NewLocation(ApiModel):
    name: ShortText = Field(examples=["Main street"])
    address: ShortText = Field(examples=["1 Main Street"])
    city: ShortText = Field(examples=["Berlin"])
    state: ShortText | None = None
    zip_code: ShortText | None = None
    country: Country = Field("US", examples=["DE"])
    phone: PhoneNumber | None = None
    email: EmailAddress | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    business_hours: BusinessHours = Field(default_factory=dict)
    timezone: ZoneName = Field("UTC", examples=["Europe/Berlin"])
    status: Choice[LocationStatus] = LocationStatus.ACTIVE


class LocationChange(ApiModel):
    """`""` empties a field that may be empty."""

    name: ShortText | None = Field(None, examples=["Main street"])
    address: ShortText | None = Field(None, examples=["1 Main Street"])
    city: ShortText | None = Field(None, examples=["Berlin"])
    state: Clearable[ShortText] = None
    zip_code: Clearable[ShortText] = Field(None, examples=["10178"])
    country: Country | None = Field(None, examples=["DE"])
    phone: Clearable[PhoneNumber] = Field(None, examples=["+49 30 1234567"])
    email: Clearable[EmailAddress] = Field(None, examples=["main@example.com"])
    latitude: Clearable[Latitude] = Field(None, examples=[52.52])
    longitude: Clearable[Longitude] = Field(None, examples=[13.4])
    business_hours: BusinessHours | None = Field(None, description="Replaced as a whole.")
    timezone: ZoneName | None = Field(
        None, description="Calendars keep their wall-clock times; appointments keep their instants."
    )
    status: Choice[LocationStatus] | None = None


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
    duration: Duration = Field(description="Minutes.", examples=[30])
    buffer_time: BufferTime = Field(0, description="Minutes kept free after each appointment.")
    price: Money | None = Field(None, examples=["49.00"])
    currency: Currency = "USD"
    max_advance_booking: Days | None = Field(None, description="Days.")
    min_advance_booking: Hours = Field(0, description="Hours.")
    requires_approval: bool = False
    is_active: bool = True
    is_online: bool = Field(False, description="No address is shown to whoever books it.")
    capacity: Capacity = Field(1, description="How many appointments share one time.")


class ServiceChange(ApiModel):
    """`""` empties a field that may be empty. Appointments stay as they were booked."""

    name: ShortText | None = Field(None, examples=["First consultation"])
    description: Clearable[LongText] = None
    category: Clearable[ShortText] = Field(None, examples=["Consultations"])
    duration: Duration | None = Field(None, description="Minutes.", examples=[45])
    buffer_time: BufferTime | None = Field(None, description="Minutes.", examples=[15])
    price: Clearable[Money] = Field(None, examples=["59.00"])
    currency: Currency | None = None
    max_advance_booking: Clearable[Days] = Field(None, description="Days.", examples=[90])
    min_advance_booking: Hours | None = Field(None, description="Hours.", examples=[2])
    requires_approval: bool | None = None
    is_active: bool | None = None
    is_online: bool | None = None
    capacity: Capacity | None = Field(None, examples=[1])


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
    capacity: int
    created_at: datetime
    updated_at: datetime
