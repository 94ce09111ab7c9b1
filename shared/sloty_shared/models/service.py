"""Service: what can be booked, and the form that a booking fills in."""

from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    one_of,
    same_tenant,
)

# Bounds of what one appointment can hold; busy time is looked up no further back than their sum.
MAX_DURATION_MINUTES = 7 * 24 * 60
MAX_BUFFER_MINUTES = 24 * 60


class Service(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "services"
    __table_args__ = (
        addressable(),
        CheckConstraint(f"duration BETWEEN 1 AND {MAX_DURATION_MINUTES}", name="duration"),
        CheckConstraint(f"buffer_time BETWEEN 0 AND {MAX_BUFFER_MINUTES}", name="buffer_time"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("capacity >= 1", name="capacity"),
        CheckConstraint("min_advance_booking >= 0", name="min_advance_booking"),
        CheckConstraint("max_advance_booking >= 0", name="max_advance_booking"),
        Index("idx_services_tenant_id", "tenant_id"),
        Index("idx_services_category", "category"),
    )

    name: Mapped[str]
    description: Mapped[str | None]
    category: Mapped[str | None]
    duration: Mapped[int]
    buffer_time: Mapped[int] = mapped_column(server_default=text("0"))
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    currency: Mapped[str] = mapped_column(server_default="USD")
    max_advance_booking: Mapped[int | None]
    min_advance_booking: Mapped[int] = mapped_column(server_default=text("0"))
    requires_approval: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_online: Mapped[bool] = mapped_column(server_default=text("false"))
    capacity: Mapped[int] = mapped_column(server_default=text("1"))


class ParameterType(StrEnum):
    TEXT = "TEXT"
    NUMBER = "NUMBER"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    DATE = "DATE"
    TIME = "TIME"
    DATETIME = "DATETIME"
    BOOLEAN = "BOOLEAN"
    SELECT = "SELECT"
    MULTISELECT = "MULTISELECT"
    RADIO = "RADIO"
    CHECKBOX = "CHECKBOX"
    TEXTAREA = "TEXTAREA"
    FILE = "FILE"
    URL = "URL"


class ServiceParameter(Identified, TenantOwned, Stamped, Base):
    """One field of a service's intake form."""

    __tablename__ = "service_parameters"
    __table_args__ = (
        addressable(),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        UniqueConstraint("service_id", "name"),
        Index("idx_service_parameters_service_id", "service_id"),
    )

    service_id: Mapped[UUID]
    name: Mapped[str]
    label: Mapped[str]
    type: Mapped[ParameterType] = mapped_column(one_of(ParameterType))
    description: Mapped[str | None]
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    options: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    validation: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    order: Mapped[int] = mapped_column(server_default=text("0"))
    group: Mapped[str | None]
