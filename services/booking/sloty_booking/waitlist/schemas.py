"""The JSON of the waitlist."""

import datetime as dt
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from sloty_booking.appointments.participants.schemas import NewParticipant
from sloty_booking.customers.schemas import NewCustomer
from sloty_booking.public.schemas import (
    MAX_PARTICIPANTS,
    PublicLocation,
    PublicProviderName,
    PublicServiceName,
)
from sloty_shared.models import WaitlistStatus
from sloty_shared.web.fields import JsonObject, LocalDate, LongText, UuidId, ZoneName
from sloty_shared.web.schemas import ApiModel, Checked, Resource

LONGEST_WISH = timedelta(days=365)


class Wish(ApiModel):
    """What everybody says who waits."""

    service_id: UuidId
    provider_id: UuidId | None = Field(None, description="Left out: any provider.")
    location_id: UuidId | None = Field(None, description="Left out: any location.")
    from_date: LocalDate = Field(
        alias="from", description="The first date, on the location's clock."
    )
    to_date: LocalDate = Field(
        alias="to", description="The last date, included; at most a year after the first."
    )
    notes: LongText | None = Field(None, examples=["Mornings suit me best."])

    @field_validator("to_date")
    @classmethod
    def _in_order(cls, value: dt.date, info: ValidationInfo) -> dt.date:
        first = info.data.get("from_date")
        if first is not None and not first <= value <= first + LONGEST_WISH:
            raise ValueError("The last date is neither before the first nor a year later")
        return value


class PublicWish(Wish):
    customer: NewCustomer


class NewEntry(Wish):
    customer_id: Checked[UuidId | None] = Field(None, description="Who waits.")
    customer: NewCustomer | None = Field(
        None, description="Instead of `customerId`: found by the e-mail address, or added."
    )

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:
        if (data.get("customerId") is None) == (data.get("customer") is None):
            return {"customerId": ValueError("Name either customerId or customer")}
        return {}


class Acceptance(ApiModel):
    """What the booking needs besides the time; all of it may be left out."""

    timezone: ZoneName | None = Field(
        None, description="The zone of messages; left out: that of the location."
    )
    notes: LongText | None = Field(
        None, description="Left out: the notes of the entry.", examples=["The left knee."]
    )
    parameters: JsonObject | None = Field(
        None,
        description="The answers of the service's form, by name of its fields.",
        examples=[{}],
    )
    participants: Annotated[list[NewParticipant], Field(max_length=MAX_PARTICIPANTS)] = Field(
        default_factory=list, description="Who comes along; told where an e-mail is given."
    )


class OfferView(Resource):
    """A time that is held for the entry until `expiresAt`."""

    start_time: datetime
    end_time: datetime
    timezone: str = Field(description="That of the location.")
    provider_id: UUID
    location_id: UUID
    expires_at: datetime


class _Entry(Resource):
    from_date: dt.date = Field(serialization_alias="from")
    to_date: dt.date = Field(serialization_alias="to")
    notes: str | None
    status: WaitlistStatus
    code: str = Field(description="Opens the entry without a log-in.")
    joined_at: datetime
    service_id: UUID
    provider_id: UUID | None
    location_id: UUID | None
    # For the ETag alone.
    version: int = Field(exclude=True)


class EntryView(_Entry):
    id: UUID
    customer_id: UUID
    offer: OfferView | None = Field(description="What is offered and not answered yet.")
    appointment_id: UUID | None = Field(description="Of an entry that is BOOKED.")
    created_at: datetime
    updated_at: datetime


class PublicOffer(OfferView):
    provider: PublicProviderName
    location: PublicLocation | None = Field(description="Null for what takes place online.")


class PublicEntry(_Entry):
    """An entry as it is shown to whoever has its code."""

    business: str
    slug: str = Field(description="The business's, where its form and its slots are read.")
    service: PublicServiceName
    offer: PublicOffer | None = Field(description="What is offered and not answered yet.")
