"""The JSON of users as their administrators see them."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from sloty_shared.models import UserRole, UserStatus
from sloty_shared.permissions import PLATFORM, Permission
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import EmailAddress, Locale, PhoneNumber, ShortText, ZoneName
from sloty_shared.web.schemas import ApiModel, Choice

GRANTS = sorted(set(Permission) - PLATFORM)
GIVEN_ROLES = (UserRole.TENANT_ADMIN, UserRole.PROVIDER, UserRole.STAFF, UserRole.USER)
SET_STATUSES = (UserStatus.ACTIVE, UserStatus.INACTIVE, UserStatus.SUSPENDED)


def _grant(name: str) -> str:
    if name not in GRANTS:
        raise ValueError("there is no such permission to give")
    return name


def _given_role(role: UserRole) -> UserRole:
    if role not in GIVEN_ROLES:
        raise ValueError("this role is not given here")
    return role


def _set_status(status: UserStatus) -> UserStatus:
    if status not in SET_STATUSES:
        raise ValueError("a user is not put back into this status")
    return status


Grant = Annotated[
    str, AfterValidator(_grant), WithJsonSchema({"type": "string", "enum": [*map(str, GRANTS)]})
]
"""`resource:action`, as in `customers:erase`."""

GivenRole = Annotated[
    Choice[UserRole],
    AfterValidator(_given_role),
    WithJsonSchema({"type": "string", "enum": [*map(str, GIVEN_ROLES)]}),
]
"""Any role but that of the platform's own administrators."""

SetStatus = Annotated[
    Choice[UserStatus],
    AfterValidator(_set_status),
    WithJsonSchema({"type": "string", "enum": [*map(str, SET_STATUSES)]}),
]
"""Any status but that of an invitation, which only the invited end."""


class Invitation(ApiModel):
    email: EmailAddress = Field(examples=["katherine@example.com"])
    name: ShortText = Field(examples=["Katherine Johnson"])
    role: GivenRole


class UserChange(ApiModel):
    name: ShortText | None = None
    role: GivenRole | None = None
    status: SetStatus | None = Field(
        None, description="INACTIVE and SUSPENDED end the user's sessions at once."
    )
    permissions: Annotated[list[Grant], Field(max_length=100)] | None = Field(
        None,
        description="What the user may do beyond their role, on every row of the tenant.",
        examples=[["customers:read"]],
    )
    phone: Clearable[PhoneNumber] = Field(
        None, description='`""` takes it away.', examples=["+49 30 1234567"]
    )
    timezone: ZoneName | None = None
    locale: Locale | None = Field(None, examples=["de"])
