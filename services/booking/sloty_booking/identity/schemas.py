"""The JSON of sign-up, log-in, proofs by e-mail and oneself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from sloty_booking.tenants.schemas import TenantView
from sloty_shared.models import PLATFORM_SLUG, UserRole, UserStatus
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import (
    EmailAddress,
    Locale,
    PhoneNumber,
    ShortText,
    Slug,
    WebAddress,
    ZoneName,
)
from sloty_shared.web.schemas import ApiModel, Resource

# Paths of the public pages begin with a slug, and these words mean something else there.
RESERVED_SLUGS = frozenset(
    {"appointments", "participants", "unsubscribe", "waitlist", PLATFORM_SLUG}
)


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
MailedToken = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_TOKEN_EXAMPLE = "kJ3v0c8Tt2nQ5oYb1xWl7uE6dHs9aRzM4pGfLiCqVjA"  # noqa: S105 - It opens nothing.


class SignUp(ApiModel):
    tenant_name: ShortText = Field(examples=["Corner Physio"])
    slug: Annotated[Slug, AfterValidator(_free)] = Field(examples=["corner-physio"])
    email: EmailAddress = Field(examples=["ada@example.com"])
    password: Password = Field(examples=["correct horse battery"])
    name: ShortText = Field(examples=["Ada Lovelace"])


class Registration(ApiModel):
    email: EmailAddress = Field(examples=["grace@example.com"])
    password: Password = Field(examples=["correct horse battery"])
    name: ShortText = Field(examples=["Grace Hopper"])


class LogIn(ApiModel):
    email: EmailAddress = Field(examples=["ada@example.com"])
    password: GivenPassword = Field(examples=["correct horse battery"])


class EmailProof(ApiModel):
    token: MailedToken = Field(examples=[_TOKEN_EXAMPLE])


class ResetRequest(ApiModel):
    email: EmailAddress = Field(examples=["ada@example.com"])


class PasswordChoice(ApiModel):
    token: MailedToken = Field(
        description="Of a password reset or of an invitation.", examples=[_TOKEN_EXAMPLE]
    )
    password: Password = Field(examples=["correct horse battery"])


class PasswordChange(ApiModel):
    current_password: GivenPassword = Field(examples=["correct horse battery"])
    new_password: Password = Field(examples=["correct horse battery"])


class MeChange(ApiModel):
    """`""` empties a field that may be empty."""

    name: ShortText | None = Field(None, examples=["Ada King"])
    phone: Clearable[PhoneNumber] = Field(None, examples=["+44 20 7946 0000"])
    timezone: ZoneName | None = None
    locale: Locale | None = Field(None, examples=["en-GB"])
    avatar: Clearable[WebAddress] = Field(
        None, description="Where a picture of the user is.", examples=["https://example.com/a.png"]
    )


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
