"""The JSON of API keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, WithJsonSchema

from sloty_shared.models import UserRole
from sloty_shared.web.fields import Instant, ShortText
from sloty_shared.web.schemas import ApiModel, Choice, Resource

KEY_ROLES = (UserRole.TENANT_ADMIN, UserRole.STAFF)


def _key_role(role: UserRole) -> UserRole:
    if role not in KEY_ROLES:
        raise ValueError("a key has the role TENANT_ADMIN or STAFF, as it has nothing of its own")
    return role


KeyRole = Annotated[
    Choice[UserRole],
    AfterValidator(_key_role),
    WithJsonSchema({"type": "string", "enum": [*map(str, KEY_ROLES)]}),
]
"""The roles that do not depend on who one is."""


class NewApiKey(ApiModel):
    name: ShortText = Field(examples=["Website"])
    role: KeyRole
    expires_at: Instant | None = Field(
        None,
        description="In the future; left out: until it is revoked.",
        examples=["2100-01-01T00:00:00Z"],
    )


class ApiKeyView(Resource):
    id: UUID
    name: str
    prefix: str = Field(description="How the key begins.")
    role: UserRole
    expires_at: datetime | None
    last_used_at: datetime | None = Field(description="Noted every ten minutes at most.")
    revoked_at: datetime | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class MadeApiKey(ApiKeyView):
    key: str = Field(description="Send it as `Authorization: Bearer …`. It is shown once.")
