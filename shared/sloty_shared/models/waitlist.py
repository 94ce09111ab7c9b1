"""The waitlist: who waits for which times, what they were offered, and where times may have come free."""

import datetime as dt
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
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

# An entry whose offers lapsed so often without an answer waits no more: each kept others waiting.
MOST_UNANSWERED = 3


class WaitlistStatus(StrEnum):
    WAITING = "WAITING"
    OFFERED = "OFFERED"
    BOOKED = "BOOKED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


class OfferStatus(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


WAITLIST_TRANSITIONS: Mapping[WaitlistStatus, frozenset[WaitlistStatus]] = {
    WaitlistStatus.WAITING: frozenset(
        {WaitlistStatus.OFFERED, WaitlistStatus.EXPIRED, WaitlistStatus.CANCELLED}
    ),
    WaitlistStatus.OFFERED: frozenset(
        {
            WaitlistStatus.WAITING,
            WaitlistStatus.BOOKED,
            WaitlistStatus.EXPIRED,
            WaitlistStatus.CANCELLED,
        }
    ),
    WaitlistStatus.BOOKED: frozenset(),
    WaitlistStatus.EXPIRED: frozenset(),
    WaitlistStatus.CANCELLED: frozenset(),
}


class WaitlistTransition(Conflict):
    """The entry cannot go from its present status to the one asked for."""

    code = "invalid_transition"
    title = "Invalid transition"


class WaitlistEntry(Identified, TenantOwned, Stamped, Base):
    """A customer's wish for a time of a service; whoever joined first is offered first.

    `look_at` is when a worker must look at it next: it is new, its offer lapses, more of its dates
    can be booked, or they are over. NULL once it waits no more.
    """

    __tablename__ = "waitlist_entries"
    __table_args__ = (
        addressable(),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        same_tenant("location_id", "locations", ondelete="CASCADE"),
        same_tenant("customer_id", "customers", ondelete="CASCADE"),
        same_tenant("appointment_id", "appointments", ondelete="SET NULL"),
        UniqueConstraint("code"),
        CheckConstraint("from_date <= to_date", name="dates"),
        CheckConstraint(
            "(look_at IS NOT NULL) = (status IN ('WAITING', 'OFFERED'))", name="look_at"
        ),
        # Nobody waits twice for the same.
        Index(
            "uq_waitlist_entries_wish",
            "customer_id",
            "service_id",
            "provider_id",
            "location_id",
            "from_date",
            "to_date",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("status IN ('WAITING', 'OFFERED')"),
        ),
        # The line of a service, in its order, and nobody who has left it.
        Index(
            "idx_waitlist_entries_line",
            "tenant_id",
            "service_id",
            "joined_at",
            "id",
            postgresql_where=text("status = 'WAITING'"),
        ),
        Index(
            "idx_waitlist_entries_look_at",
            "look_at",
            postgresql_where=text("look_at IS NOT NULL"),
        ),
        Index("idx_waitlist_entries_customer_id", "customer_id"),
        # The order in which they are listed.
        Index("idx_waitlist_entries_tenant_id_joined_at_id", "tenant_id", "joined_at", "id"),
    )

    service_id: Mapped[UUID]
    provider_id: Mapped[UUID | None]
    location_id: Mapped[UUID | None]
    customer_id: Mapped[UUID]
    # Dates on the clock of the location; both are included.
    from_date: Mapped[dt.date]
    to_date: Mapped[dt.date]
    notes: Mapped[str | None]
    status: Mapped[WaitlistStatus] = mapped_column(
        one_of(WaitlistStatus), server_default=WaitlistStatus.WAITING.value
    )
    code: Mapped[str]
    joined_at: Mapped[datetime] = mapped_column(server_default=func.now())
    look_at: Mapped[datetime | None] = mapped_column(server_default=func.now())
    unanswered: Mapped[int] = mapped_column(server_default=text("0"))
    appointment_id: Mapped[UUID | None]

    service: Mapped[Service] = relationship(lazy="raise", viewonly=True)
    customer: Mapped[Customer] = relationship(lazy="raise", viewonly=True)
    offer: Mapped["WaitlistOffer | None"] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(WaitlistEntry.tenant_id == WaitlistOffer.tenant_id,"
        " WaitlistEntry.id == WaitlistOffer.entry_id, WaitlistOffer.status == 'OPEN')",
    )

    @property
    def waits(self) -> bool:
        return self.status in (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)

    @property
    def over_at(self) -> datetime:
        """When the last date has ended in every zone of the world."""
        day_after = self.to_date + timedelta(days=1)
        return datetime.combine(day_after, time(12), UTC)

    def be_offered(self, until: datetime) -> None:
        self._move_to(WaitlistStatus.OFFERED)
        self.look_at = until

    def decline(self, now: datetime) -> None:
        """Wait on, in the same place, for another time."""
        self._move_to(WaitlistStatus.WAITING)
        self.look_at = now
        self.unanswered = 0

    def let_lapse(self, now: datetime) -> None:
        """Wait on as if it had been declined, unless that has happened too often."""
        self.unanswered += 1
        if self.unanswered >= MOST_UNANSWERED:
            self.expire()
        else:
            self._move_to(WaitlistStatus.WAITING)
            self.look_at = now

    def be_booked(self, appointment_id: UUID) -> None:
        self._move_to(WaitlistStatus.BOOKED)
        self.look_at = None
        self.appointment_id = appointment_id

    def expire(self) -> None:
        self._move_to(WaitlistStatus.EXPIRED)
        self.look_at = None

    def cancel(self) -> None:
        self._move_to(WaitlistStatus.CANCELLED)
        self.look_at = None

    def _move_to(self, status: WaitlistStatus) -> None:
        if status not in WAITLIST_TRANSITIONS[self.status]:
            raise WaitlistTransition(
                f"A waitlist entry that is {self.status} cannot become {status}.",
                fromStatus=self.status.value,
                toStatus=status.value,
            )
        self.status = status


class WaitlistOffer(Identified, TenantOwned, Stamped, Base):
    """A time offered to an entry and held for it meanwhile: its id is that of the held time."""

    __tablename__ = "waitlist_offers"
    __table_args__ = (
        addressable(),
        same_tenant("entry_id", "waitlist_entries", ondelete="CASCADE"),
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        same_tenant("location_id", "locations", ondelete="CASCADE"),
        CheckConstraint("start_time < end_time", name="times"),
        Index("idx_waitlist_offers_entry_id", "entry_id"),
        # One live offer an entry.
        Index(
            "uq_waitlist_offers_open",
            "entry_id",
            unique=True,
            postgresql_where=text("status = 'OPEN'"),
        ),
    )

    entry_id: Mapped[UUID]
    provider_id: Mapped[UUID]
    location_id: Mapped[UUID]
    start_time: Mapped[datetime]
    end_time: Mapped[datetime]
    timezone: Mapped[str]
    expires_at: Mapped[datetime]
    status: Mapped[OfferStatus] = mapped_column(
        one_of(OfferStatus), server_default=OfferStatus.OPEN.value
    )

    entry: Mapped[WaitlistEntry] = relationship(lazy="raise", viewonly=True)
    provider: Mapped[Provider] = relationship(lazy="raise", viewonly=True)
    location: Mapped[Location] = relationship(lazy="raise", viewonly=True)

    def is_live(self, now: datetime) -> bool:
        return self.status is OfferStatus.OPEN and now < self.expires_at

    def settle(self, status: OfferStatus) -> None:
        self.status = status


class FreedTime(Identified, TenantOwned, Base):
    """Where a provider's time may come free, from `look_at` on: a worker looks who waits for it.

    Triggers write it in the transaction that frees the time, so none is forgotten. NULL is no
    bound, where a calendar has changed.
    """

    __tablename__ = "freed_times"
    __table_args__ = (
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        Index("idx_freed_times_look_at", "look_at"),
    )

    provider_id: Mapped[UUID]
    freed_from: Mapped[datetime | None]
    freed_until: Mapped[datetime | None]
    look_at: Mapped[datetime] = mapped_column(server_default=func.now())
