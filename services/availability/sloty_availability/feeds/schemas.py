"""The JSON of a calendar feed."""

from uuid import UUID

from pydantic import Field

from sloty_shared.web.schemas import Resource


class FeedView(Resource):
    """Where the feed is. Whoever knows the address can read it, and it is shown this once."""

    provider_id: UUID
    url: str = Field(examples=["https://api.example.com/v1/calendars/3q2-7wEjR0...ics"])
