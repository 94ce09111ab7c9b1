"""The JSON of what anybody sees and sends who comes along."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from sloty_booking.appointments.participants.schemas import NewParticipant
from sloty_booking.appointments.schemas import Wanted, WithHold
from sloty_booking.customers.schemas import NewCustomer
from sloty_shared.models import AppointmentStatus
from sloty_shared.web.schemas import Resource

# Each gets a mail, and anybody may book: fewer than staff may name.
MAX_PARTICIPANTS = 10


class PublicBooking(Wanted, WithHold):
    customer: NewCustomer
    participants: Annotated[list[NewParticipant], Field(max_length=MAX_PARTICIPANTS)] = Field(
        default_factory=list, description="Who comes along; told where an e-mail is given."
    )


class PublicService(Resource):
    id: UUID
    name: str
    description: str | None
    category: str | None
    duration: int = Field(description="Minutes.")
    price: Decimal | None
    currency: str
    requires_approval: bool
    is_online: bool
    min_advance_booking: int = Field(description="Hours.")
    max_advance_booking: int | None = Field(description="Days.")


class PublicProvider(Resource):
    id: UUID
    name: str | None
    title: str | None
    bio: str | None
    specialties: list[str]
    location_id: UUID
    service_ids: list[UUID] = Field(description="What the provider gives; empty: every service.")


class PublicLocation(Resource):
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
    timezone: str


class BusinessPage(Resource):
    name: str
    slug: str
    services: list[PublicService]
    providers: list[PublicProvider]
    locations: list[PublicLocation]


class PublicProviderName(Resource):
    id: UUID
    name: str | None
    title: str | None


class PublicServiceName(Resource):
    id: UUID
    name: str
    is_online: bool


class PublicAppointment(Resource):
    """An appointment as it is shown to whoever has its confirmation code."""

    id: UUID
    confirmation_code: str = Field(description="Of the appointment as it was moved last.")
    status: AppointmentStatus
    start_time: datetime
    end_time: datetime
    timezone: str
    title: str | None
    notes: str | None
    cancellation_reason: str | None
    price: Decimal | None
    currency: str | None
    requires_approval: bool
    booked_at: datetime
    service_id: UUID
    provider_id: UUID
    location_id: UUID
    business: str
    service: PublicServiceName
    provider: PublicProviderName
    location: PublicLocation | None = Field(description="Null for what takes place online.")
