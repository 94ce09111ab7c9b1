"""The JSON of sign-up, log-in and oneself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from sloty_booking.tenants.schemas import TenantView
from sloty_shared.models import PLATFORM_SLUG, UserRole, UserStatus
from sloty_shared.web.fields import EmailAddress, ShortText, Slug
from sloty_shared.web.schemas import ApiModel, Resource

# Paths of the public pages begin with a slug, and these words mean something else there.
RESERVED_SLUGS = frozenset({"appointments", PLATFORM_SLUG})


def _free(slug: str) -> str:
    if slug in RESERVED_SLUGS:
        raise ValueError("this slug is reserved")
    return slug


def _storable(password: str) -> str:
    if "\x00" in password or any("\ud800" <= character <= "\udfff" for character in password):
        raise ValueError("a password is made of characters")
    return password


Password = Annotated[
    str, StringConstraints(min_length=8, max_length=200), AfterValidator(_storable)
]
GivenPassword = Annotated[str, StringConstraints(max_length=1000), AfterValidator(_storable)]


class SignUp(ApiModel):
    tenant_name: ShortText = Field(examples=["Corner Physio"])
    slug: Annotated[Slug, AfterValidator(_free)] = Field(examples=["corner-physio"])
    email: EmailAddress = Field(examples=["ada@example.com"])
    password: Password = Field(examples=["correct horse battery"])
    name: ShortText = Field(examples=["Ada Lovelace"])


class LogIn(ApiModel):
    email: EmailAddress = Field(examples=["ada@example.com"])
    password: GivenPassword = Field(examples=["correct horse battery"])


class UserView(Resource):
    id: UUID
    tenant_id: UUID
    email: str
    name: str | None
    avatar: str | None
    email_verified: datetime | None
    role: UserRole
    permissions: list[Any]
    phone: str | None
    timezone: str
    locale: str
    status: UserStatus
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


class LoggedIn(Resource):
    token: str = Field(description="Send it as `Authorization: Bearer …`. It is shown once.")
    expires: datetime
    user: UserView


class SignedUp(LoggedIn):
    tenant: TenantView


class Me(UserView):
    tenant: TenantView
