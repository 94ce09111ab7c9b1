"""Webhook: an address of the tenant's own that is told of what happens to appointments."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, TenantOwned, addressable


class Webhook(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "webhooks"
    __table_args__ = (addressable(), Index("idx_webhooks_tenant_id", "tenant_id"))

    url: Mapped[str]
    events: Mapped[list[str]]
    # Needed in clear to sign, so it is encrypted and not hashed.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    paused_at: Mapped[datetime | None]
