"""The JSON of reminder rules and of messages."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from sloty_shared.models import Channel, NotificationKind, NotificationStatus
from sloty_shared.web.fields import UuidId
from sloty_shared.web.schemas import ApiModel, Choice, Resource

MAX_MINUTES_BEFORE = 365 * 24 * 60


class NewReminderRule(ApiModel):
    minutes_before: Annotated[int, Field(strict=True, ge=0, le=MAX_MINUTES_BEFORE)] = Field(
        description="Minutes before the start.", examples=[1440]
    )
    channel: Choice[Channel] = Channel.EMAIL
    service_id: UuidId | None = Field(None, description="Left out: for every service.")


class ReminderRuleView(Resource):
    id: UUID
    minutes_before: int
    channel: Channel
    service_id: UUID | None
    created_at: datetime
    updated_at: datetime


class NotificationView(Resource):
    id: UUID
    appointment_id: UUID | None
    participant_id: UUID | None
    kind: NotificationKind
    channel: Channel
    recipient: str
    minutes_before: int | None
    due_at: datetime
    status: NotificationStatus
    attempts: int
    sent_at: datetime | None
    reason: str | None = Field(description="Why it was skipped, failed, or is tried again.")
    created_at: datetime
    updated_at: datetime


class TimelineStatus(StrEnum):
    """A message's status, or PLANNED for a reminder that is not due yet."""

    PLANNED = "PLANNED"
    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class TimelineEntry(Resource):
    id: UUID | None = Field(description="Null for what is only planned.")
    kind: NotificationKind
    channel: Channel
    recipient: str
    participant_id: UUID | None
    minutes_before: int | None
    due_at: datetime
    status: TimelineStatus
    attempts: int
    sent_at: datetime | None
    reason: str | None = Field(description="Why it was skipped, failed, or is tried again.")


class Timeline(Resource):
    items: list[TimelineEntry]
