"""The JSON of holds."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from sloty_shared.web.fields import Instant, UuidId
from sloty_shared.web.schemas import ApiModel, Resource


class NewHold(ApiModel):
    service_id: UuidId
    provider_id: UuidId | None = Field(
        None, description="Left out: a free provider is chosen, the least booked that day."
    )
    location_id: UuidId | None = None
    start_time: Instant = Field(examples=["2026-11-24T09:00:00+01:00"])


class HoldView(Resource):
    """A time that is kept for whoever made the hold. It never changes; it only ends."""

    id: UUID = Field(description="Known to whoever made the hold alone: it opens it.")
    service_id: UUID
    provider_id: UUID
    location_id: UUID
    start_time: datetime
    end_time: datetime
    expires_at: datetime
    # For the ETag alone.
    version: int = Field(1, exclude=True)
