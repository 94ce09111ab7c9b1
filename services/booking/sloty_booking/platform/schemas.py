"""The JSON of what the platform's administrators change of a business."""

from pydantic import Field

from sloty_shared.models import SubscriptionStatus, SubscriptionTier, TenantStatus
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import Instant
from sloty_shared.web.schemas import ApiModel, Choice


class Standing(ApiModel):
    status: Choice[TenantStatus] | None = Field(
        None, description="Any but ACTIVE keeps everybody of the business out at once."
    )
    subscription_tier: Choice[SubscriptionTier] | None = None
    subscription_status: Choice[SubscriptionStatus] | None = None
    trial_ends_at: Clearable[Instant] = Field(None, description='`""`: the trial has no end.')
