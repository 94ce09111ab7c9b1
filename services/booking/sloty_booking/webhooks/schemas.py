"""The JSON of webhooks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from sloty_shared.appointment_events import EventType
from sloty_shared.web.fields import WebAddress
from sloty_shared.web.schemas import ApiModel, Choice, Resource


def _each_once(events: list[EventType]) -> list[EventType]:
    if len(set(events)) != len(events):
        raise ValueError("Each event stands in this list once")
    return events


Events = Annotated[
    list[Choice[EventType]],
    Field(min_length=1, max_length=len(EventType)),
    AfterValidator(_each_once),
]


class NewWebhook(ApiModel):
    url: WebAddress = Field(
        description="Where events are posted to; on the public internet.",
        examples=["https://hooks.example.com/sloty"],
    )
    events: Events = Field(examples=[["appointment.booked", "appointment.cancelled"]])


class WebhookChange(ApiModel):
    url: WebAddress | None = Field(None, examples=["https://hooks.example.com/sloty"])
    events: Events | None = Field(None, examples=[["appointment.booked"]])
    is_active: bool | None = Field(
        None, description="true also starts a paused webhook again.", examples=[True]
    )


class WebhookView(Resource):
    id: UUID
    url: str
    events: list[str]
    is_active: bool
    paused_at: datetime | None = Field(
        description="When it was given up, as it was gone or had failed for three days."
    )
    failing_since: datetime | None
    created_at: datetime
    updated_at: datetime


class MadeWebhook(WebhookView):
    secret: str = Field(
        description="What the calls are signed with, by the Standard Webhooks specification; "
        "shown in this answer only.",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
