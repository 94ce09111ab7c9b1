"""The notification ledger: what is owed to whom, the rules behind reminders, and the scans' pulse."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

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


class Channel(StrEnum):
    EMAIL = "EMAIL"
    SMS = "SMS"
    WEBHOOK = "WEBHOOK"


class NotificationKind(StrEnum):
    BOOKED = "BOOKED"
    REQUESTED = "REQUESTED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    RESCHEDULED = "RESCHEDULED"
    REMINDER = "REMINDER"
    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of a kind, not a password.
    INVITATION = "INVITATION"
    # Sent to a webhook when its owner asks whether it works.
    TEST = "TEST"
    WAITLIST_OFFER = "WAITLIST_OFFER"


# Somebody waits for these at a screen, so they go before all others.
URGENT = frozenset(
    {
        NotificationKind.EMAIL_VERIFICATION,
        NotificationKind.PASSWORD_RESET,
        NotificationKind.INVITATION,
    }
)


class NotificationStatus(StrEnum):
    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"


class NotRetryable(Conflict):
    """Only a message that failed or was skipped can be tried again."""

    code = "not_retryable"
    title = "Not retryable"


class ReminderRule(Identified, TenantOwned, Stamped, Base):
    """A reminder is due `minutes_before` the start, of every service or of one."""

    __tablename__ = "reminder_rules"
    __table_args__ = (
        addressable(),
        same_tenant("service_id", "services", ondelete="CASCADE"),
        UniqueConstraint(
            "tenant_id",
            "service_id",
            "minutes_before",
            "channel",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("minutes_before BETWEEN 0 AND 525600", name="minutes_before"),
    )

    minutes_before: Mapped[int]
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    service_id: Mapped[UUID | None]


class Notification(Identified, TenantOwned, Stamped, Base):
    """One message owed to one recipient.

    `next_attempt_at` is when a worker may take the row: its due time, then the end of the lease
    while one sends it, then the end of the back-off. `attempts` is the fencing token of a lease.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        addressable(),
        same_tenant("appointment_id", "appointments", ondelete="CASCADE"),
        same_tenant("participant_id", "appointment_participants", ondelete="CASCADE"),
        same_tenant("user_id", "users", ondelete="CASCADE"),
        same_tenant("waitlist_offer_id", "waitlist_offers", ondelete="CASCADE"),
        # A message is owed once: the start time is in the key, so a moved appointment owes anew.
        Index(
            "uq_notifications_owed_once",
            "appointment_id",
            "kind",
            "channel",
            "recipient",
            "minutes_before",
            "start_time",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("appointment_id IS NOT NULL"),
        ),
        # What a worker may take now, tenant by tenant, and nothing else: the ledger's past costs a
        # tick nothing.
        Index(
            "idx_notifications_takeable",
            "channel",
            "tenant_id",
            "next_attempt_at",
            postgresql_where=text("status IN ('PENDING', 'SENDING')"),
        ),
        Index(
            "idx_notifications_urgent",
            "channel",
            "next_attempt_at",
            postgresql_where=text(
                "status IN ('PENDING', 'SENDING') AND kind IN"
                " ('EMAIL_VERIFICATION', 'PASSWORD_RESET', 'INVITATION')"
            ),
        ),
        # The deliveries of one webhook, in the order in which they are listed.
        Index(
            "idx_notifications_to_webhook",
            "tenant_id",
            "recipient",
            "id",
            postgresql_where=text("channel = 'WEBHOOK'"),
        ),
        Index(
            "idx_notifications_user_id",
            "user_id",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
        # An offer is told of once.
        Index(
            "uq_notifications_waitlist_offer_id",
            "waitlist_offer_id",
            unique=True,
            postgresql_where=text("waitlist_offer_id IS NOT NULL"),
        ),
    )

    kind: Mapped[NotificationKind] = mapped_column(one_of(NotificationKind))
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    recipient: Mapped[str]
    appointment_id: Mapped[UUID | None]
    participant_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    waitlist_offer_id: Mapped[UUID | None]
    minutes_before: Mapped[int | None]
    start_time: Mapped[datetime | None]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[NotificationStatus] = mapped_column(
        one_of(NotificationStatus), server_default=NotificationStatus.PENDING.value
    )
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    # Attempts that do not bring the last one nearer: the carrier itself was out of reach, or
    # somebody asked for more.
    forgiven: Mapped[int] = mapped_column(server_default=text("0"))
    sent_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    request_id: Mapped[str | None]
    # The span of that request: random numbers, which say nothing of anybody.
    traceparent: Mapped[str | None]

    @property
    def tries(self) -> int:
        """The attempts that count, the present one included."""
        return self.attempts - self.forgiven

    @classmethod
    def sent(cls, now: Any) -> dict[Any, Any]:
        """What an UPDATE writes once the carrier has accepted the message."""
        return {cls.status: NotificationStatus.SENT, cls.sent_at: now, cls.reason: None}

    def skip(self, reason: str) -> None:
        """Settle without sending, because the message would not be true or wanted any more."""
        self.status = NotificationStatus.SKIPPED
        self.reason = reason

    def fail(self, reason: str) -> None:
        """Settle without success: the refusal was final, or the last attempt is spent."""
        self.status = NotificationStatus.FAILED
        self.reason = reason

    def retry_at(self, moment: datetime, reason: str) -> None:
        """Give the row back for another attempt at `moment`."""
        self.status = NotificationStatus.PENDING
        self.next_attempt_at = moment
        self.reason = reason

    def forgive(self) -> None:
        """The present attempt was nobody's fault who is concerned with this message."""
        self.forgiven += 1

    def try_again(self, now: datetime) -> None:
        """Owe it anew, with all its attempts. Raises NotRetryable."""
        if self.status not in (NotificationStatus.FAILED, NotificationStatus.SKIPPED):
            raise NotRetryable(f"This message is {self.status}.", currentStatus=self.status.value)
        self.send_again(now)

    def send_again(self, now: datetime) -> None:
        """Owe it anew whatever became of it, with all its attempts."""
        self.status = NotificationStatus.PENDING
        self.next_attempt_at = now
        self.forgiven = self.attempts
        self.reason = None
        self.sent_at = None


class Pulse(Base):
    """One worker's liveness: when it last finished a scan, and when it last took a task at all."""

    __tablename__ = "pulses"

    worker: Mapped[str] = mapped_column(primary_key=True)
    scanned_at: Mapped[datetime | None]
    breathed_at: Mapped[datetime | None]
