"""The JSON of files."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from sloty_shared.web.schemas import Resource


class PublicFile(Resource):
    """A file as it is shown to whoever uploads without a log-in."""

    id: UUID
    name: str = Field(description="As the client said it, without folders, ending as its type.")
    content_type: str = Field(description="By the content; what the client says does not count.")
    size: int = Field(description="Bytes.")
    expires_at: datetime | None = Field(
        description="When it is removed unless an appointment is booked with it; null once one is."
    )


class FileView(PublicFile):
    appointment_id: UUID | None = Field(description="Of which it answers the form.")
    uploaded_by: UUID | None = Field(description="The user.")
    created_at: datetime
    updated_at: datetime
