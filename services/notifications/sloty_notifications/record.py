"""Recording what carriers accepted, and taking the next message in hand with the same commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import Connection, bindparam, text, update

from sloty_notifications.ledger import INTERRUPTED, Claim
from sloty_notifications.webhook_health import note_success
from sloty_shared.database import Database
from sloty_shared.hot_statements import HotStatement
from sloty_shared.models import (
    Appointment,
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
)

# No longer than the longest task: a lease that has so much left need not be renewed.
_LEASE_LEFT = 2 / 3
# The row, unless somebody else has it in hand, and the versions of what its truth hangs on.
_TAKE = HotStatement(
    text(
        """
    UPDATE notifications n
    SET reason = :interrupted,
        next_attempt_at = CASE WHEN n.next_attempt_at < :enough THEN :lease_until
                               ELSE n.next_attempt_at END
    FROM appointments a
    JOIN customers c ON c.tenant_id = a.tenant_id AND c.id = a.customer_id
    JOIN tenants t ON t.id = a.tenant_id
    WHERE n.id = (SELECT mine.id FROM notifications mine
                  WHERE mine.tenant_id = :tenant_id AND mine.id = :id AND mine.attempts = :token
                    AND mine.status = 'SENDING'
                  FOR NO KEY UPDATE SKIP LOCKED)
      AND a.tenant_id = :tenant_id AND a.id = n.appointment_id
    RETURNING a.version, c.version, t.version,
              (SELECT p.version FROM appointment_participants p
               WHERE p.tenant_id = :tenant_id AND p.id = n.participant_id)
    """
    )
)
_COUNT = HotStatement(
    update(Appointment)
    .where(Appointment.tenant_id == bindparam("tenant"), Appointment.id == bindparam("appointment"))
    .values(Appointment.reminded(bindparam("at")))
)
_MARK_SENT = HotStatement(
    update(Notification)
    .where(
        Notification.tenant_id == bindparam("tenant"),
        Notification.id == bindparam("notification"),
        Notification.attempts == bindparam("token"),
        Notification.status == NotificationStatus.SENDING,
    )
    .values(Notification.sent(bindparam("at")))
)


class LeaseLost(Exception):
    """Somebody else has taken the row meanwhile: what we want to write about it counts no more."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that its carrier took at this moment, until that is recorded.

    `reminded` is the appointment that counts it, `webhook` who was called; of most there is none.
    """

    claim: Claim
    at: datetime
    reminded: UUID | None = None
    webhook: UUID | None = None
    request_id: str | None = None
    trace_id: str | None = None

    @classmethod
    def of(
        cls, claim: Claim, notification: Notification, at: datetime, trace_id: str | None = None
    ) -> Self:
        """Reminders to the customer are counted; others stand in the ledger alone."""
        is_call = notification.channel is Channel.WEBHOOK
        is_counted = (
            notification.kind is NotificationKind.REMINDER
            and notification.participant_id is None
            and not is_call
        )
        return cls(
            claim,
            at,
            reminded=notification.appointment_id if is_counted else None,
            webhook=UUID(notification.recipient) if is_call else None,
            request_id=notification.request_id,
            trace_id=trace_id,
        )


def record_sent(database: Database, accepted: Accepted) -> bool:
    """Mark as sent and count a customer's reminder, in one transaction; False if not ours.

    Safe to repeat when it is unknown whether it happened.
    """
    try:
        with database.connection(accepted.claim.tenant_id) as connection:
            _record(connection, accepted)
    except LeaseLost:
        return False
    return True


def take_next(
    database: Database, accepted: Accepted | None, claim: Claim, *, now: datetime, lease: timedelta
) -> tuple[int | None, ...] | None:
    """Record what was accepted before and take the next in hand, in one transaction.

    The versions of what the next one's truth hangs on, as in `Case.standing`; None when its row is
    somebody else's or in somebody's hand. Raises LeaseLost, and then neither has happened.
    """
    values = {
        "tenant_id": claim.tenant_id,
        "id": claim.notification_id,
        "token": claim.token,
        "interrupted": INTERRUPTED,
        "enough": now + lease * _LEASE_LEFT,
        "lease_until": now + lease,
    }
    with database.connection(claim.tenant_id) as connection:
        if accepted is not None:
            _record(connection, accepted)
        return _TAKE.first(connection, values)


def _record(connection: Connection, accepted: Accepted) -> None:
    """Raises LeaseLost, for the transaction to be rolled back."""
    values = {"tenant": accepted.claim.tenant_id, "at": accepted.at}
    if accepted.reminded is not None:
        # The order in which bookings lock too: first the appointment, then its messages.
        counted = {**values, "appointment": accepted.reminded}
        _COUNT.run(connection, counted)
    marked = {
        **values,
        "notification": accepted.claim.notification_id,
        "token": accepted.claim.token,
    }
    if _MARK_SENT.run(connection, marked) == 0:
        raise LeaseLost
    if accepted.webhook is not None:
        note_success(connection, accepted.claim.tenant_id, accepted.webhook)
