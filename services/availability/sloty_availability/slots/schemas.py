"""The JSON of slots."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from sloty_shared.web.schemas import Resource


class Slot(Resource):
    """A time that can be booked; both times carry the offset of the list's `timezone`."""

    start_time: datetime = Field(examples=["2026-11-24T09:00:00+01:00"])
    end_time: datetime = Field(examples=["2026-11-24T09:30:00+01:00"])
    provider_id: UUID
    location_id: UUID


class SlotList(Resource):
    """Slots in time order."""

    items: list[Slot]
    timezone: str = Field(examples=["Europe/Berlin"])
