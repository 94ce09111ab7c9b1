"""Location: where appointments take place, and in which time zone."""

from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, TenantOwned, addressable, one_of


class LocationStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    MAINTENANCE = "MAINTENANCE"


class Location(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "locations"
    __table_args__ = (addressable(), Index("idx_locations_tenant_id", "tenant_id"))

    name: Mapped[str]
    address: Mapped[str]
    city: Mapped[str]
    state: Mapped[str | None]
    zip_code: Mapped[str | None]
    country: Mapped[str] = mapped_column(server_default="US")
    phone: Mapped[str | None]
    email: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    business_hours: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    status: Mapped[LocationStatus] = mapped_column(
        one_of(LocationStatus), server_default=LocationStatus.ACTIVE.value
    )
