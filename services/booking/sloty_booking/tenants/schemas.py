"""The JSON of a tenant and its settings."""

import re
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from sloty_shared.models import SubscriptionStatus, SubscriptionTier, TenantStatus
from sloty_shared.settings import MOST_FILE_BYTES
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import EmailAddress, Hours, Line, Locale, ShortText, WallTime
from sloty_shared.web.schemas import ApiModel, Resource

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"^(({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?)?$"
MAX_HOST_LENGTH = 253
MAX_HOLD_MINUTES = 60


def _whole_host(name: str) -> str:
    """`$` also matches before a line's end, and the pattern is read by others than Python."""
    if name and not re.fullmatch(_HOST, name):
        raise ValueError("This must be a host name in lower case, such as booking.example.com")
    return name


HostName = Annotated[
    str,
    StringConstraints(max_length=MAX_HOST_LENGTH, pattern=_HOST),
    Line,
    AfterValidator(_whole_host),
]
"""A full host name in lower case, other than ASCII in punycode; or nothing."""


class QuietHours(ApiModel):
    start: WallTime = Field(examples=["21:00"])
    end: WallTime = Field(description="Not after `start`: on the next day.", examples=["08:00"])

    @model_validator(mode="after")
    def _end_some_time(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end are the same")
        return self


class TenantSettings(ApiModel):
    slot_interval: Annotated[int, Field(strict=True, ge=1, le=24 * 60)] | None = Field(
        None,
        description="Minutes between two starts that are offered; unset: the service's duration.",
        examples=[15],
    )
    hold_minutes: Annotated[int, Field(strict=True, ge=1, le=MAX_HOLD_MINUTES)] | None = Field(
        None,
        description="How long a slot is held for a customer who is about to book it; unset: 5.",
        examples=[10],
    )
    cancellation_cutoff_hours: Hours | None = Field(
        None,
        description="Customers may not cancel or move later than this before the start; unset: "
        "whenever the appointment itself allows it. The business always may.",
        examples=[24],
    )
    approval_expiry_hours: Hours | None = Field(
        None,
        description="A request for approval that nobody answers expires after this, and at its "
        "start at the latest; unset: at its start.",
        examples=[48],
    )
    quiet_hours: QuietHours | None = Field(
        None,
        description="No reminder goes out in these hours, on the clock of whoever is reminded; "
        "unset: at any hour.",
    )
    waitlist_offer_minutes: Annotated[int, Field(strict=True, ge=1, le=7 * 24 * 60)] | None = Field(
        None,
        description="How long a time is held for whoever on the waitlist is offered it, before the "
        "next is; unset: 30 minutes.",
        examples=[30],
    )
    default_locale: Locale | None = Field(
        None,
        description="The locale of users who are invited or register; unset: `en`.",
        examples=["de"],
    )
    max_file_bytes: Annotated[int, Field(strict=True, ge=1, le=MOST_FILE_BYTES)] | None = Field(
        None,
        description="How large a file may be that is uploaded; unset, or more: as large as the "
        "operator allows.",
        examples=[1_000_000],
    )
    sender_name: ShortText | None = Field(
        None,
        description="Whom mails come from, by name; unset: the business's name.",
        examples=["Corner Physio, front desk"],
    )


class TenantChange(ApiModel):
    name: ShortText | None = Field(None, examples=["Corner Physio"])
    domain: HostName | None = Field(
        None,
        description="Finds the public pages as the slug does; an empty text removes it.",
        examples=["booking.example.com"],
    )
    billing_email: Clearable[EmailAddress] = Field(
        None, description='`""` takes it away.', examples=["bills@example.com"]
    )
    settings: TenantSettings | None = Field(
        None, description="Replaces all settings; one that is left out takes its default."
    )


class TenantView(Resource):
    id: UUID
    name: str
    slug: str
    domain: str | None
    status: TenantStatus
    settings: dict[str, Any]
    subscription_tier: SubscriptionTier
    subscription_status: SubscriptionStatus
    trial_ends_at: datetime | None
    billing_email: str | None
    created_at: datetime
    updated_at: datetime
