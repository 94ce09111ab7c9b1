"""Webhook: an address of the tenant's own that is told of what happens to appointments."""

from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, TenantOwned, addressable

# An address that has taken nothing for this long is not called any more.
PATIENCE = timedelta(days=3)


class Webhook(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "webhooks"
    __table_args__ = (addressable(), Index("idx_webhooks_tenant_id", "tenant_id"))

    url: Mapped[str]
    events: Mapped[list[str]]
    # Needed in clear to sign, so it is encrypted and not hashed.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    # When we gave the address up; its owner starts it again.
    paused_at: Mapped[datetime | None]
    # Since when each call has failed; NULL while calls are taken.
    failing_since: Mapped[datetime | None]

    @property
    def listens(self) -> bool:
        return self.is_active and self.paused_at is None

    def record_failure(self, now: datetime, *, is_gone: bool) -> None:
        """Give the address up when it says that it is gone, or has failed for too long."""
        self.failing_since = self.failing_since or now
        if is_gone or now - self.failing_since >= PATIENCE:
            self.paused_at = self.paused_at or now

    def start_again(self) -> None:
        self.paused_at = None
        self.failing_since = None
