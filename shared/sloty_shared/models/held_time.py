"""HeldTime: what takes a provider's time, all under one constraint, and the sessions of groups."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint
from sqlalchemy.dialects.postgresql.ranges import Range
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, TenantOwned, addressable, same_tenant

NO_DOUBLE_BOOKING = "no_double_booking"


class GroupSession(Identified, TenantOwned, Base):
    """One time of one provider that several appointments share, up to the capacity."""

    __tablename__ = "group_sessions"
    __table_args__ = (
        addressable(),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        UniqueConstraint("provider_id", "service_id", "held_from"),
        UniqueConstraint(
            "tenant_id",
            "id",
            "provider_id",
            "service_id",
            "held_from",
            "held_until",
            "capacity",
            name="uq_group_sessions_as_held",
        ),
        CheckConstraint("held_from < held_until", name="not_empty"),
        CheckConstraint("capacity >= 1", name="capacity"),
    )

    provider_id: Mapped[UUID]
    service_id: Mapped[UUID]
    held_from: Mapped[datetime]
    held_until: Mapped[datetime]
    capacity: Mapped[int]


class HeldTime(Identified, TenantOwned, Base):
    """A time of one provider that is taken, by an appointment or by a hold that expires.

    Everything that takes time stands here under one exclusion constraint, so that the database
    refuses the second, whoever writes. A trigger makes it follow the appointments.
    """

    __tablename__ = "held_times"
    __table_args__ = (
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        same_tenant("appointment_id", "appointments", ondelete="CASCADE"),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        UniqueConstraint("appointment_id"),
        UniqueConstraint("seat_group", "seat"),
        CheckConstraint("held_from < held_until", name="not_empty"),
        # Alone a row is its own group. A place of a session, which alone has a capacity, is one of
        # its numbered places and holds exactly the session's time.
        CheckConstraint(
            "CASE WHEN capacity IS NULL"
            " THEN seat = 1 AND seat_group = coalesce(appointment_id, id)"
            " ELSE seat BETWEEN 1 AND capacity END",
            name="seat",
        ),
        ForeignKeyConstraint(
            [
                "tenant_id",
                "seat_group",
                "provider_id",
                "service_id",
                "held_from",
                "held_until",
                "capacity",
            ],
            [
                "group_sessions.tenant_id",
                "group_sessions.id",
                "group_sessions.provider_id",
                "group_sessions.service_id",
                "group_sessions.held_from",
                "group_sessions.held_until",
                "group_sessions.capacity",
            ],
            name="fk_held_times_as_its_session",
            onupdate="CASCADE",
        ),
        CheckConstraint(
            "(appointment_id IS NULL) = (expires_at IS NOT NULL)", name="appointment_or_hold"
        ),
        ExcludeConstraint(
            ("provider_id", "="),
            ("held", "&&"),
            ("seat_group", "<>"),
            name=NO_DOUBLE_BOOKING,
            using="gist",
        ),
        # Busy time is read by comparing the two ends: range operators are not leakproof, and under
        # row-level security their index would not be used.
        Index("idx_held_times_provider_id_held_from", "provider_id", "held_from"),
        # Only holds are in it, and in the next.
        Index(
            "idx_held_times_expires_at",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        Index(
            "idx_held_times_holder",
            "tenant_id",
            "holder",
            postgresql_where=text("holder IS NOT NULL"),
        ),
    )

    provider_id: Mapped[UUID]
    appointment_id: Mapped[UUID | None]
    service_id: Mapped[UUID]
    held_from: Mapped[datetime]
    held_until: Mapped[datetime]
    held: Mapped[Range[datetime]] = mapped_column(
        TSTZRANGE, Computed("tstzrange(held_from, held_until, '[)')", persisted=True)
    )
    seat_group: Mapped[UUID]
    seat: Mapped[int] = mapped_column(server_default=text("1"))
    capacity: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    # Of a hold: when it ends without the buffer, as it was offered; and who may use it, NULL for
    # whoever knows its id.
    end_time: Mapped[datetime | None]
    holder: Mapped[str | None]
