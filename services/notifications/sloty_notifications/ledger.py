"""Every change of a notification's row but its success: taken, in hand, settled, put off, given back.

A claim's token is the row's `attempts`: whoever took the row later has another, and what an
earlier holder still wants to write about it is refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text, tuple_, update
from sqlalchemy.orm import Session

from sloty_notifications.retry import pause_before_next, why_give_up
from sloty_notifications.webhook_health import note_failure
from sloty_shared.database import Database
from sloty_shared.models import Channel, Notification, NotificationStatus

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


def record_refusal(
    database: Database, claim: Claim, reason: str, *, now: datetime, gone: bool = False
) -> None:
    """The carrier will never take it; `gone`: nor anything else that goes there."""
    with database.transaction(claim.tenant_id) as session:
        notification = _held(session, claim)
        if notification is not None:
            notification.fail(reason)
            note_failure(session, notification, now=now, is_gone=gone)


def put_off(
    database: Database, claim: Claim, reason: str, *, now: datetime, in_reach: bool = True
) -> None:
    """Try again after a pause, or give up where it is time to.

    A carrier that cannot be spoken to costs no attempt.
    """
    with database.transaction(claim.tenant_id) as session:
        notification = _held(session, claim)
        if notification is None:
            return
        if not in_reach:
            notification.forgive()
        moment = now + pause_before_next(notification, in_reach=in_reach)
        end = why_give_up(notification, next_attempt_at=moment, now=now)
        if end is None:
            notification.retry_at(moment, reason)
        else:
            notification.fail(f"{end} {reason}")
        note_failure(session, notification, now=now)


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
