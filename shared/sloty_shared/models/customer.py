"""Customer: who books appointments."""

import datetime as dt
from typing import Any

from sqlalchemy import Computed, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, TenantOwned, addressable


class Customer(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "customers"
    __table_args__ = (
        addressable(),
        Index("idx_customers_tenant_id", "tenant_id"),
        # One customer an address, compared without case; see User.email_key.
        Index("idx_customers_email_tenant", "email_key", "tenant_id", unique=True),
    )

    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(Computed("lower(email)", persisted=True))
    phone: Mapped[str | None]
    date_of_birth: Mapped[dt.date | None]
    gender: Mapped[str | None]
    address: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
