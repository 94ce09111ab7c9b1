"""The JSON of appointments."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from sloty_booking.appointments.participants.schemas import NewParticipant, ParticipantView
from sloty_booking.catalog.schemas import LocationView, ServiceView
from sloty_booking.customers.schemas import CustomerView, NewCustomer
from sloty_booking.staff.schemas import ProviderView
from sloty_shared.models import AppointmentStatus
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import (
    Instant,
    JsonObject,
    LongText,
    ShortText,
    UuidId,
    ZoneName,
)
from sloty_shared.web.schemas import ApiModel, Checked, Resource

MAX_PARTICIPANTS_BOOKED = 50

Part = Literal["customer", "service", "provider", "location", "parameters", "participants"]
PARTS: tuple[Part, ...] = get_args(Part)
Sort = Literal["startTime", "-startTime", "bookedAt", "-bookedAt"]


def _named_parts(given: Any) -> Any:
    """A query gives a list of texts; each may hold several names between commas."""
    if not isinstance(given, list):
        return given
    names = [name for text in given for name in str(text).split(",") if name]
    unknown = sorted(set(names) - set(PARTS))
    if unknown:
        raise ValueError(f"Only {', '.join(PARTS)} can be included")
    return frozenset(names)


Include = Annotated[
    frozenset[Part],
    BeforeValidator(_named_parts),
    WithJsonSchema({"type": "string", "examples": ["customer,service"]}),
]
"""What is answered along with an appointment, named between commas."""


class Wanted(ApiModel):
    """What everybody says who books."""

    service_id: UuidId
    provider_id: UuidId | None = Field(
        None, description="Left out: a free provider is chosen, the least booked that day."
    )
    location_id: UuidId | None = None
    start_time: Instant = Field(examples=["2026-11-24T09:00:00+01:00"])
    timezone: ZoneName | None = Field(
        None, description="The zone of messages; left out: that of the location."
    )
    title: ShortText | None = Field(None, examples=["First visit"])
    notes: LongText | None = Field(None, examples=["The left knee."])
    parameters: JsonObject | None = Field(
        None,
        description="The answers of the service's form, by name of its fields.",
        examples=[{}],
    )
    participants: Annotated[list[NewParticipant], Field(max_length=MAX_PARTICIPANTS_BOOKED)] = (
        Field(default_factory=list, description="Who comes along; told where an e-mail is given.")
    )


class WithHold(ApiModel):
    hold_id: UuidId | None = Field(
        None, description="A hold of this very time, which the appointment then has as its own."
    )


class BookingDetails(Wanted):
    """What is said of a booking, at one time or at many."""

    customer_id: Checked[UuidId | None] = Field(
        None, description="Who it is for; a USER leaves it out and books for themselves."
    )
    customer: NewCustomer | None = Field(
        None, description="Instead of `customerId`: found by the e-mail address, or added."
    )
    internal_notes: LongText | None = Field(None, description="Never shown to customers.")
    ignore_availability: bool = Field(
        False, description="For staff: any time, but never over another appointment."
    )

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:
        if data.get("customerId") is not None and data.get("customer") is not None:
            return {"customerId": ValueError("Name either customerId or customer")}
        return {}


class Booking(BookingDetails, WithHold):
    """One appointment."""


class AppointmentChange(ApiModel):
    """`""` empties a field."""

    title: Clearable[ShortText] = Field(None, examples=["Second visit"])
    notes: Clearable[LongText] = Field(None, examples=["The right knee."])
    internal_notes: Clearable[LongText] = Field(None, description="For staff.")


class Cancellation(ApiModel):
    reason: LongText | None = Field(None, examples=["I am ill."])


class Move(ApiModel):
    """A move to an offered slot."""

    start_time: Instant = Field(examples=["2026-11-25T09:00:00+01:00"])
    provider_id: UuidId | None = Field(None, description="Left out: the same provider.")


class StaffMove(Move):
    ignore_availability: bool = Field(
        False, description="For staff: any time, but never over another appointment."
    )


class AppointmentView(Resource):
    id: UUID
    title: str | None
    notes: str | None
    internal_notes: str | None = Field(description="Left out for customers.")
    start_time: datetime
    end_time: datetime
    timezone: str
    service_id: UUID
    provider_id: UUID
    location_id: UUID
    customer_id: UUID
    status: AppointmentStatus
    cancellation_reason: str | None
    booked_at: datetime
    booked_by: UUID | None
    confirmation_code: str
    reminders_sent: int
    last_reminder_at: datetime | None
    price: Decimal | None = Field(description="As booked, whatever the service costs by now.")
    currency: str | None
    requires_approval: bool
    ignored_availability: bool
    rescheduled_from_id: UUID | None
    rescheduled_to_id: UUID | None
    series_id: UUID | None = Field(description="What it recurs with.")
    group_session_id: UUID | None = Field(
        description="The session whose time it shares; null where it has its time alone."
    )
    created_at: datetime
    updated_at: datetime
    # For the ETag alone.
    version: int | None = Field(exclude=True)


class AnswerView(Resource):
    """An answer of the intake form, with its label as it was when booked."""

    id: UUID
    parameter_name: str
    label: str
    value: Any


def _is_none(value: Any) -> bool:
    return value is None


class AppointmentWithParts(AppointmentView):
    """What `include` names is there, the other parts are left out."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    customer: CustomerView | None = Field(None, exclude_if=_is_none)
    service: ServiceView | None = Field(None, exclude_if=_is_none)
    provider: ProviderView | None = Field(None, exclude_if=_is_none)
    location: LocationView | None = Field(None, exclude_if=_is_none)
    parameters: list[AnswerView] | None = Field(None, exclude_if=_is_none)
    participants: list[ParticipantView] | None = Field(None, exclude_if=_is_none)


class AppointmentForCustomer(AppointmentWithParts):
    """What a customer sees."""

    internal_notes: None = Field(None, exclude=True)
