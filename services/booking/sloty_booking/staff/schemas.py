"""The JSON of providers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import EmailAddress, JsonObject, JsonValue, LongText, ShortText, UuidId
from sloty_shared.web.schemas import ApiModel, Checked, Resource

Specialties = Annotated[list[ShortText], Field(max_length=50)]
Credentials = Annotated[list[JsonValue], Field(max_length=50)]


class NewProviderUser(ApiModel):
    email: EmailAddress = Field(examples=["mary@example.com"])
    name: ShortText = Field(examples=["Mary Jackson"])


class NewProvider(ApiModel):
    user_id: Checked[UuidId | None] = None
    user: NewProviderUser | None = Field(
        None, description="A new user, instead of `userId`; the calendar works at once."
    )
    title: ShortText | None = Field(None, examples=["Dr."])
    specialties: Specialties = Field(default_factory=list)
    bio: LongText | None = None
    credentials: Credentials = Field(default_factory=list)
    location_id: UuidId
    settings: JsonObject = Field(default_factory=dict)
    is_active: bool = True

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:
        if (data.get("userId") is None) == (data.get("user") is None):
            return {"userId": ValueError("Name either userId or user")}
        return {}


class ProviderChange(ApiModel):
    """`""` empties a field that may be empty; lists and `settings` are replaced as a whole."""

    title: Clearable[ShortText] = Field(None, examples=["Dr."])
    specialties: Specialties | None = Field(None, examples=[["Sports", "Knees"]])
    bio: Clearable[LongText] = None
    credentials: Credentials | None = None
    location_id: UuidId | None = Field(
        None, description="The calendar then reads in that location's zone; appointments stay."
    )
    settings: JsonObject | None = None
    is_active: bool | None = None


class ProviderUserView(Resource):
    id: UUID
    email: str | None = Field(description="The log-in's; null for customers.")
    name: str | None


class ProviderView(Resource):
    id: UUID
    user_id: UUID
    user: ProviderUserView
    title: str | None
    specialties: list[str]
    bio: str | None
    credentials: list[Any] = Field(description="Empty for customers.")
    location_id: UUID
    settings: dict[str, Any] = Field(description="Empty for customers.")
    is_active: bool
    service_ids: list[UUID] = Field(description="What the provider gives; empty: every service.")
    created_at: datetime
    updated_at: datetime
    # For the ETag alone.
    version: int = Field(exclude=True)


class GivenServices(ApiModel):
    service_ids: Annotated[list[UuidId], Field(max_length=1000)] = Field(
        description="What the provider gives; an empty list means every service."
    )


class GivenServicesView(Resource):
    service_ids: list[UUID]
