"""Tenant: a business, the root that every other row belongs to."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, one_of

PLATFORM_SLUG = "platform"


class TenantStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class SubscriptionTier(StrEnum):
    FREE = "FREE"
    BASIC = "BASIC"
    PRO = "PRO"
    ENTERPRISE = "ENTERPRISE"


class SubscriptionStatus(StrEnum):
    TRIAL = "TRIAL"
    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    CANCELED = "CANCELED"
    PAUSED = "PAUSED"


class Tenant(Identified, Stamped, Base):
    __tablename__ = "tenants"

    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    domain: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[TenantStatus] = mapped_column(
        one_of(TenantStatus), server_default=TenantStatus.ACTIVE.value
    )
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    subscription_tier: Mapped[SubscriptionTier] = mapped_column(
        one_of(SubscriptionTier), server_default=SubscriptionTier.FREE.value
    )
    subscription_status: Mapped[SubscriptionStatus] = mapped_column(
        one_of(SubscriptionStatus), server_default=SubscriptionStatus.TRIAL.value
    )
    trial_ends_at: Mapped[datetime | None]
    billing_email: Mapped[str | None]

    @property
    def may_log_in(self) -> bool:
        return self.status is TenantStatus.ACTIVE

    def may_create(self, now: datetime) -> bool:
        """Whether new rows may be made: an active subscription, or a trial still running."""
        if self.subscription_status is SubscriptionStatus.TRIAL:
            return self.trial_ends_at is None or now < self.trial_ends_at
        return self.subscription_status is SubscriptionStatus.ACTIVE
