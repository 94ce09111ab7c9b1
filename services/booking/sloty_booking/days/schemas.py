"""The JSON of what is done to a provider's day."""

from uuid import UUID

from pydantic import Field

from sloty_booking.series.schemas import CancelView
from sloty_shared.web.fields import LocalDate, LongText
from sloty_shared.web.schemas import ApiModel, Resource


class DayCancellation(ApiModel):
    date: LocalDate = Field(
        description="A date at the provider's location.", examples=["2026-11-24"]
    )
    reason: LongText | None = Field(None, examples=["The therapist is ill."])


class DayCancelled(Resource):
    provider_id: UUID
    date: LocalDate
    timezone: str = Field(description="The zone in which the date is read.")
    cancellations: list[CancelView] = Field(
        description="Each appointment that stood on that date, in time order."
    )
