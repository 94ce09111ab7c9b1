"""The JSON of a tenant and its settings."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from sloty_shared.models import SubscriptionStatus, SubscriptionTier, TenantStatus
from sloty_shared.web.fields import EmailAddress, ShortText
from sloty_shared.web.schemas import ApiModel, Resource


class TenantSettings(ApiModel):
    slot_interval: Annotated[int, Field(strict=True, ge=1, le=24 * 60)] | None = Field(
        None,
        description="Minutes between two starts that are offered; unset: the service's duration.",
        examples=[15],
    )


class TenantChange(ApiModel):
    name: ShortText | None = None
    billing_email: EmailAddress | None = None
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
