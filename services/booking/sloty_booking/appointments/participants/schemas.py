"""The JSON of participants."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from sloty_shared.models import ParticipantStatus
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


class ParticipantView(Resource):
    id: UUID
    name: str
    email: str | None
    phone: str | None
    relationship: str | None = Field(validation_alias="relationship_")
    status: ParticipantStatus
    created_at: datetime
    updated_at: datetime
