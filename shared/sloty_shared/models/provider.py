"""Provider: a person who gives appointments, which services, and when they are open."""

import datetime as dt
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    one_of,
    same_tenant,
)
from sloty_shared.models.location import Location
from sloty_shared.models.user import User

# "HH:MM" as text, since a wall-clock time may also be the end of the day.
WALL_TIME = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
WALL_TIME_OR_END_OF_DAY = f"{WALL_TIME}|^24:00$"


class Provider(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "providers"
    __table_args__ = (
        addressable(),
        same_tenant("user_id", "users", ondelete="CASCADE"),
        same_tenant("location_id", "locations"),
        Index("idx_providers_user_id", "user_id", unique=True),
        Index("idx_providers_tenant_id", "tenant_id"),
        Index("idx_providers_location_id", "location_id"),
    )

    user_id: Mapped[UUID]
    title: Mapped[str | None]
    specialties: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    bio: Mapped[str | None]
    credentials: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    location_id: Mapped[UUID]
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    user: Mapped[User] = relationship(lazy="raise", viewonly=True)
    location: Mapped[Location] = relationship(lazy="raise", viewonly=True)
    limits: Mapped[list["ProviderService"]] = relationship(
        lazy="raise", viewonly=True, order_by="ProviderService.service_id"
    )

    @property
    def service_ids(self) -> list[UUID]:
        """The only services that the provider gives; none means every service."""
        return [limit.service_id for limit in self.limits]


class ProviderService(TenantOwned, Base):
    """Limits a provider to the services named here; a provider with no row gives them all."""

    __tablename__ = "provider_services"
    __table_args__ = (
        PrimaryKeyConstraint("provider_id", "service_id"),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        Index("idx_provider_services_service_id", "service_id"),
    )

    provider_id: Mapped[UUID]
    service_id: Mapped[UUID]


class ProviderAvailability(Identified, TenantOwned, Stamped, Base):
    """A weekly rule in wall-clock times of the provider's location."""

    __tablename__ = "provider_availability"
    __table_args__ = (
        addressable(),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        CheckConstraint("day_of_week BETWEEN 0 AND 6", name="day_of_week"),
        CheckConstraint(f"start_time ~ '{WALL_TIME}'", name="start_time"),
        CheckConstraint(f"end_time ~ '{WALL_TIME_OR_END_OF_DAY}'", name="end_time"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        Index("idx_provider_availability_provider_id", "provider_id"),
        Index("idx_provider_availability_day_of_week", "day_of_week"),
    )

    provider_id: Mapped[UUID]
    day_of_week: Mapped[int]
    start_time: Mapped[str]
    end_time: Mapped[str]
    valid_from: Mapped[dt.date | None]
    valid_to: Mapped[dt.date | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class ScheduleType(StrEnum):
    AVAILABLE = "AVAILABLE"
    UNAVAILABLE = "UNAVAILABLE"
    HOLIDAY = "HOLIDAY"
    VACATION = "VACATION"
    SICK = "SICK"
    MEETING = "MEETING"
    TRAINING = "TRAINING"


class ProviderSchedule(Identified, TenantOwned, Stamped, Base):
    """A dated override: AVAILABLE replaces the rules of its date, any other type blocks time."""

    __tablename__ = "provider_schedules"
    __table_args__ = (
        addressable(),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        UniqueConstraint(
            "provider_id", "date", "start_time", "end_time", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(f"start_time ~ '{WALL_TIME}'", name="start_time"),
        CheckConstraint(f"end_time ~ '{WALL_TIME_OR_END_OF_DAY}'", name="end_time"),
        CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="both_times"),
        CheckConstraint(
            "type <> 'AVAILABLE' OR start_time IS NOT NULL", name="available_has_times"
        ),
        Index("idx_provider_schedules_provider_id", "provider_id"),
        Index("idx_provider_schedules_date", "date"),
    )

    provider_id: Mapped[UUID]
    date: Mapped[dt.date]
    type: Mapped[ScheduleType] = mapped_column(one_of(ScheduleType))
    start_time: Mapped[str | None]
    end_time: Mapped[str | None]
    reason: Mapped[str | None]
    notes: Mapped[str | None]
