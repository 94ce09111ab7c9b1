"""Every change of a notification's row: taken, in hand, settled, put off, given back.

A claim's token is the row's `attempts`: whoever took the row later has another, and what an
earlier holder still wants to write about it is refused.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.orm import Session

from sloty_shared.database import Database
from sloty_shared.models import (
    Appointment,
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
)

MAX_ATTEMPTS = 20
FIRST_PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 900.0
JITTER = 0.2
# What a row says from the moment it is in hand; a row that still says so later lost its worker.
INTERRUPTED = "The worker ended before the answer was recorded."

_CLAIM = text(
    "SELECT tenant_id, notification_id, attempts "
    "FROM claim_notifications(:channel, :now, :lease_until, :batch)"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one notification, until its lease ends."""

    tenant_id: UUID
    notification_id: UUID
    token: int


def claim(
    database: Database, channel: Channel, *, now: datetime, lease: timedelta, batch: int
) -> list[Claim]:
    """Take what is due. First in it comes what was never tried, last what lost its worker.

    A row that ends the process of whoever touches it thus takes no other down with it twice.
    """
    values = {"channel": channel.value, "now": now, "lease_until": now + lease, "batch": batch}
    with database.transaction() as session:
        claims = [Claim(*row) for row in session.execute(_CLAIM, values)]
    suspects = _interrupted(database, [claim for claim in claims if claim.token > 1])
    return sorted(claims, key=lambda claim: (claim.notification_id in suspects, claim.token))


def _interrupted(database: Database, claims: Sequence[Claim]) -> set[UUID]:
    found: set[UUID] = set()
    for tenant_id, ours in _by_tenant(claims).items():
        query = select(Notification.id).where(
            Notification.tenant_id == tenant_id,
            Notification.id.in_([claim.notification_id for claim in ours]),
            Notification.reason == INTERRUPTED,
        )
        with database.transaction(tenant_id) as session:
            found.update(session.scalars(query))
    return found


def take_in_hand(session: Session, claim: Claim, *, lease_until: datetime) -> Notification | None:
    """Renew the lease right before sending; None when the row is no longer ours."""
    return session.scalars(
        update(Notification)
        .where(
            Notification.tenant_id == claim.tenant_id,
            Notification.id == claim.notification_id,
            Notification.attempts == claim.token,
            Notification.status == NotificationStatus.SENDING,
        )
        .values(next_attempt_at=lease_until, reason=INTERRUPTED)
        .returning(Notification)
    ).one_or_none()


def record_sent(database: Database, claim: Claim, *, now: datetime) -> bool:
    """Mark as sent and count a customer's reminder, in one transaction; False if not ours.

    Safe to repeat when it is unknown whether it happened.
    """
    with database.transaction(claim.tenant_id) as session:
        appointment = session.scalars(
            select(Appointment)
            .join(Notification, Notification.appointment_id == Appointment.id)
            .where(
                Notification.id == claim.notification_id, Appointment.tenant_id == claim.tenant_id
            )
            # The order in which bookings lock too: first the appointment, then its messages.
            .with_for_update(of=Appointment, key_share=True)
        ).one_or_none()
        notification = _held(session, claim)
        if notification is None:
            return False
        notification.record_sent(now)
        if appointment is not None and _is_counted(notification):
            appointment.record_reminder(now)
        return True


def _is_counted(notification: Notification) -> bool:
    return notification.kind is NotificationKind.REMINDER and notification.participant_id is None


def record_refusal(database: Database, claim: Claim, reason: str) -> None:
    """The carrier will never take it."""
    with database.transaction(claim.tenant_id) as session:
        notification = _held(session, claim)
        if notification is not None:
            notification.fail(reason)


def put_off(database: Database, claim: Claim, reason: str, *, now: datetime) -> None:
    """Try again after a pause that doubles, unless that was the last attempt.

    No attempt to remind comes after the start.
    """
    moment = now + pause_after(claim.token)
    with database.transaction(claim.tenant_id) as session:
        notification = _held(session, claim)
        if notification is None:
            return
        if claim.token >= MAX_ATTEMPTS:
            notification.fail(f"Given up after {claim.token} attempts. {reason}")
        elif _is_too_late(notification, moment):
            notification.fail(f"Given up, as the appointment starts. {reason}")
        else:
            notification.retry_at(moment, reason)


def pause_after(attempts: int) -> timedelta:
    """10 seconds, doubled with each attempt up to 15 minutes, give or take a fifth."""
    seconds = min(FIRST_PAUSE_SECONDS * 2 ** (attempts - 1), LONGEST_PAUSE_SECONDS)
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - Spreads load, guards nothing.


def _is_too_late(notification: Notification, moment: datetime) -> bool:
    return (
        notification.kind is NotificationKind.REMINDER
        and notification.start_time is not None
        and notification.start_time <= moment
    )


def give_back(database: Database, claims: Iterable[Claim], *, now: datetime) -> None:
    """Return rows that were claimed and never in hand, due at once and with no attempt spent."""
    for tenant_id, ours in _by_tenant(claims).items():
        with database.transaction(tenant_id) as session:
            session.execute(
                update(Notification)
                .where(
                    Notification.tenant_id == tenant_id,
                    tuple_(Notification.id, Notification.attempts).in_(
                        [(claim.notification_id, claim.token) for claim in ours]
                    ),
                    Notification.status == NotificationStatus.SENDING,
                )
                .values(
                    status=NotificationStatus.PENDING,
                    next_attempt_at=now,
                    attempts=Notification.attempts - 1,
                )
            )


def _held(session: Session, claim: Claim) -> Notification | None:
    """The row, locked, if the claim still holds."""
    return session.scalars(
        select(Notification)
        .where(
            Notification.tenant_id == claim.tenant_id,
            Notification.id == claim.notification_id,
            Notification.attempts == claim.token,
            Notification.status == NotificationStatus.SENDING,
        )
        .with_for_update()
    ).one_or_none()


def _by_tenant(claims: Iterable[Claim]) -> dict[UUID, list[Claim]]:
    grouped: dict[UUID, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[claim.tenant_id].append(claim)
    return grouped
