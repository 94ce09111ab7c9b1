"""The JSON of appointments."""

from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from sloty_booking.customers.schemas import NewCustomer
from sloty_shared.models import AppointmentStatus
from sloty_shared.web.fields import Instant, LongText, ShortText, UuidId, ZoneName
from sloty_shared.web.schemas import ApiModel, Resource


class Booking(ApiModel):
    service_id: UuidId
    provider_id: UuidId | None = Field(
        None, description="Left out: a free provider is chosen, the least booked that day."
    )
    location_id: UuidId | None = None
    customer_id: UuidId | None = Field(
        None, description="Who it is for; a USER leaves it out and books for themselves."
    )
    customer: NewCustomer | None = Field(
        None, description="Instead of `customerId`: found by the e-mail address, or added."
    )
    start_time: Instant = Field(examples=["2026-11-24T09:00:00+01:00"])
    timezone: ZoneName | None = Field(
        None, description="The zone of messages; left out: that of the location."
    )
    title: ShortText | None = None
    notes: LongText | None = None
    internal_notes: LongText | None = None
    ignore_availability: bool = Field(
        False, description="For staff: any time, but never over another appointment."
    )

    @model_validator(mode="after")
    def _name_one_customer(self) -> Self:
        if self.customer_id is not None and self.customer is not None:
            raise ValueError("name either customerId or customer")
        return self


class Cancellation(ApiModel):
    reason: LongText | None = None


class AppointmentView(Resource):
    id: UUID
    title: str | None
    notes: str | None
    internal_notes: str | None
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
    price: Decimal | None
    currency: str | None
    requires_approval: bool
    ignored_availability: bool
    rescheduled_from_id: UUID | None
    rescheduled_to_id: UUID | None
    created_at: datetime
    updated_at: datetime
