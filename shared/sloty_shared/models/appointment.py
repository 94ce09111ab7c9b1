"""Appointment: its life, the time that it holds, its form answers and its participants."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sloty_shared.errors import Conflict
from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    one_of,
    same_tenant,
)
from sloty_shared.models.customer import Customer
from sloty_shared.models.location import Location
from sloty_shared.models.provider import Provider
from sloty_shared.models.service import Service


class AppointmentStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    CONFIRMED = "CONFIRMED"
    CHECKED_IN = "CHECKED_IN"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"
    RESCHEDULED = "RESCHEDULED"


HOLDING = frozenset(
    {
        AppointmentStatus.SCHEDULED,
        AppointmentStatus.CONFIRMED,
        AppointmentStatus.CHECKED_IN,
        AppointmentStatus.IN_PROGRESS,
    }
)
REMINDABLE = frozenset({AppointmentStatus.SCHEDULED, AppointmentStatus.CONFIRMED})

TRANSITIONS: Mapping[AppointmentStatus, frozenset[AppointmentStatus]] = {
    AppointmentStatus.SCHEDULED: frozenset(
        {
            AppointmentStatus.CONFIRMED,
            AppointmentStatus.CHECKED_IN,
            AppointmentStatus.CANCELLED,
            AppointmentStatus.NO_SHOW,
            AppointmentStatus.RESCHEDULED,
        }
    ),
    AppointmentStatus.CONFIRMED: frozenset(
        {
            AppointmentStatus.CHECKED_IN,
            AppointmentStatus.CANCELLED,
            AppointmentStatus.NO_SHOW,
            AppointmentStatus.RESCHEDULED,
        }
    ),
    AppointmentStatus.CHECKED_IN: frozenset(
        {AppointmentStatus.IN_PROGRESS, AppointmentStatus.CANCELLED}
    ),
    AppointmentStatus.IN_PROGRESS: frozenset({AppointmentStatus.COMPLETED}),
    AppointmentStatus.COMPLETED: frozenset(),
    AppointmentStatus.CANCELLED: frozenset(),
    AppointmentStatus.NO_SHOW: frozenset(),
    AppointmentStatus.RESCHEDULED: frozenset(),
}


class InvalidTransition(Conflict):
    """The appointment cannot go from its present status to the one asked for."""

    code = "invalid_transition"
    title = "Invalid transition"


class TooEarly(Conflict):
    """An appointment cannot be completed or missed before it starts."""

    code = "too_early"
    title = "Too early"


class Appointment(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "appointments"
    __table_args__ = (
        addressable(),
        same_tenant("service_id", "services"),
        same_tenant("provider_id", "providers"),
        same_tenant("location_id", "locations"),
        same_tenant("customer_id", "customers"),
        same_tenant("booked_by", "users", ondelete="SET NULL"),
        same_tenant("rescheduled_from_id", "appointments"),
        same_tenant("rescheduled_to_id", "appointments"),
        same_tenant("group_session_id", "group_sessions"),
        same_tenant("series_id", "appointment_series"),
        UniqueConstraint("confirmation_code", name="uk_appointments_confirmation_code"),
        CheckConstraint("start_time < end_time", name="times"),
        CheckConstraint("end_time <= held_until", name="held_until"),
        CheckConstraint("reminders_sent >= 0", name="reminders_sent"),
        CheckConstraint("price >= 0", name="price"),
        Index("idx_appointments_tenant_id", "tenant_id"),
        Index("idx_appointments_provider_start_time", "provider_id", "start_time"),
        Index("idx_appointments_customer_id", "customer_id"),
        Index("idx_appointments_start_time", "start_time"),
        Index("idx_appointments_status", "status"),
        # The orders in which lists are paged.
        Index("idx_appointments_tenant_id_start_time_id", "tenant_id", "start_time", "id"),
        Index("idx_appointments_tenant_id_booked_at_id", "tenant_id", "booked_at", "id"),
        # Only appointments with reminders still to plan are in it: a tick costs what is due.
        Index(
            "idx_appointments_remind_at",
            "remind_at",
            postgresql_where=text("remind_at IS NOT NULL"),
        ),
        # Only appointments of a series are in it, in the order in which they recur.
        Index(
            "idx_appointments_series_id",
            "series_id",
            "start_time",
            postgresql_where=text("series_id IS NOT NULL"),
        ),
        # Only requests that nobody has answered yet are in it.
        Index(
            "idx_appointments_answer_by",
            "answer_by",
            postgresql_where=text("answer_by IS NOT NULL"),
        ),
    )

    title: Mapped[str | None]
    notes: Mapped[str | None]
    internal_notes: Mapped[str | None]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    held_until: Mapped[datetime]
    timezone: Mapped[str]
    # What the clock at the location was to read at the start, by the zone's rules when it was booked.
    start_wall_time: Mapped[str | None]
    service_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    location_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    status: Mapped[AppointmentStatus] = mapped_column(
        one_of(AppointmentStatus), server_default=AppointmentStatus.SCHEDULED.value
    )
    cancellation_reason: Mapped[str | None]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    booked_by: Mapped[UUID | None]
    confirmation_code: Mapped[str]
    reminders_sent: Mapped[int] = mapped_column(server_default=text("0"))
    last_reminder_at: Mapped[datetime | None]

    # As booked, whatever becomes of the service afterwards.
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    currency: Mapped[str | None]
    requires_approval: Mapped[bool] = mapped_column(server_default=text("false"))
    ignored_availability: Mapped[bool] = mapped_column(server_default=text("false"))

    rescheduled_from_id: Mapped[UUID | None]
    rescheduled_to_id: Mapped[UUID | None]
    # What it recurs with; a move stays in the series.
    series_id: Mapped[UUID | None]
    # One calendar entry for the appointment's whole life, over all its moves.
    calendar_uid: Mapped[UUID | None]
    calendar_sequence: Mapped[int] = mapped_column(server_default=text("0"))
    # The places of a group session are numbered; an appointment alone has the first and only one.
    group_session_id: Mapped[UUID | None]
    seat: Mapped[int] = mapped_column(server_default=text("1"))
    # When the planner must look for due reminders next; NULL when none can follow.
    remind_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    # When a request for approval expires if nobody has answered it; NULL for everything else.
    answer_by: Mapped[datetime | None]

    service: Mapped[Service] = relationship(lazy="raise", viewonly=True)
    provider: Mapped[Provider] = relationship(lazy="raise", viewonly=True)
    location: Mapped[Location] = relationship(lazy="raise", viewonly=True)
    customer: Mapped[Customer] = relationship(lazy="raise", viewonly=True)
    parameters: Mapped[list["AppointmentParameter"]] = relationship(
        lazy="raise", viewonly=True, order_by="AppointmentParameter.id"
    )
    participants: Mapped[list["AppointmentParticipant"]] = relationship(
        lazy="raise", viewonly=True, order_by="AppointmentParticipant.id"
    )

    @property
    def awaits_approval(self) -> bool:
        return self.requires_approval and self.status is AppointmentStatus.SCHEDULED

    @property
    def uid(self) -> UUID:
        """The calendar entry's identity: that of the first appointment in a line of moves."""
        return self.calendar_uid or self.id

    def is_remindable(self, now: datetime) -> bool:
        """Whether a reminder sent at `now` would be true and wanted."""
        return self.status in REMINDABLE and not self.awaits_approval and now < self.start_time

    def check_move_to(self, status: AppointmentStatus, *, now: datetime) -> None:
        """Raise InvalidTransition or TooEarly where the status cannot become this one now."""
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(
                f"An appointment that is {self.status} cannot become {status}.",
                fromStatus=self.status.value,
                toStatus=status.value,
            )
        if (
            status in (AppointmentStatus.NO_SHOW, AppointmentStatus.COMPLETED)
            and now < self.start_time
        ):
            raise TooEarly

    def move_to(self, status: AppointmentStatus, *, now: datetime) -> None:
        """Change the status. Raises InvalidTransition or TooEarly."""
        self.check_move_to(status, now=now)
        self.status = status
        self.calendar_sequence += 1
        self.answer_by = None

    def cancel(self, reason: str | None, *, now: datetime) -> None:
        self.move_to(AppointmentStatus.CANCELLED, now=now)
        self.cancellation_reason = reason

    @classmethod
    def reminded(cls, now: Any) -> dict[Any, Any]:
        """What an UPDATE writes to count one reminder that the carrier accepted."""
        return {cls.reminders_sent: cls.reminders_sent + 1, cls.last_reminder_at: now}


class AppointmentParameter(Identified, TenantOwned, Stamped, Base):
    """One answer of the intake form, with its label as it was when booked."""

    __tablename__ = "appointment_parameters"
    __table_args__ = (
        same_tenant("appointment_id", "appointments", ondelete="CASCADE"),
        UniqueConstraint("appointment_id", "parameter_name"),
        Index("idx_appointment_parameters_appointment_id", "appointment_id"),
    )

    appointment_id: Mapped[UUID]
    parameter_name: Mapped[str]
    label: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)


class ParticipantStatus(StrEnum):
    INVITED = "INVITED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    ATTENDED = "ATTENDED"
    NO_SHOW = "NO_SHOW"


class AppointmentParticipant(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "appointment_participants"
    __table_args__ = (
        addressable(),
        same_tenant("appointment_id", "appointments", ondelete="CASCADE"),
        Index("idx_appointment_participants_appointment_id", "appointment_id"),
    )

    appointment_id: Mapped[UUID]
    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    relationship_: Mapped[str | None] = mapped_column("relationship")
    status: Mapped[ParticipantStatus] = mapped_column(
        one_of(ParticipantStatus), server_default=ParticipantStatus.INVITED.value
    )
    wants_reminders: Mapped[bool] = mapped_column(server_default=text("true"))

    @property
    def wants_messages(self) -> bool:
        return self.status is not ParticipantStatus.DECLINED
