"""The JSON of participants."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from sloty_shared.models import AppointmentStatus, ParticipantStatus
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import EmailAddress, PhoneNumber, ShortText
from sloty_shared.web.schemas import ApiModel, Choice, Resource


class NewParticipant(ApiModel):
    name: ShortText = Field(examples=["Alan Turing"])
    email: EmailAddress | None = Field(None, examples=["alan@example.com"])
    phone: PhoneNumber | None = Field(None, examples=["+49 30 1234567"])
    relationship: ShortText | None = Field(
        None, description="To the customer.", examples=["brother"]
    )


class ParticipantChange(ApiModel):
    """`""` empties a field that may be empty."""

    name: ShortText | None = Field(None, examples=["Alan Turing"])
    email: Clearable[EmailAddress] = Field(None, examples=["alan@example.com"])
    phone: Clearable[PhoneNumber] = Field(None, examples=["+49 30 1234567"])
    relationship: Clearable[ShortText] = Field(None, examples=["brother"])
    status: Choice[ParticipantStatus] | None = Field(
        None, description="ATTENDED and NO_SHOW are for staff to say."
    )


class InvitationView(Resource):
    """What a participant is shown who has the link of an invitation."""

    business: str
    name: str
    status: ParticipantStatus
    wants_reminders: bool
    appointment_status: AppointmentStatus
    start_time: datetime
    end_time: datetime
    timezone: str
    service: str
    provider: str | None
    location: str | None = Field(description="Null for what takes place online.")

    @property
    def local_start(self) -> str:
        """For people to read, in the appointment's zone."""
        return self.start_time.astimezone(ZoneInfo(self.timezone)).strftime("%Y-%m-%d %H:%M")


class ParticipantView(Resource):
    id: UUID
    name: str
    email: str | None
    phone: str | None
    relationship: str | None = Field(validation_alias="relationship_")
    status: ParticipantStatus
    wants_reminders: bool = Field(description="Until they have unsubscribed.")
    created_at: datetime
    updated_at: datetime
