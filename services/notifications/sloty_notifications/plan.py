"""Planning: which reminders are owed, written into the ledger when their time has come."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from sloty_notifications.queries import due_appointments
from sloty_shared.database import Database
from sloty_shared.models import Channel

BATCH = 500
# One scan plans no longer than this; the next goes on where it stopped.
LONGEST_SECONDS = 8.0

log = structlog.get_logger()

# Appointments that somebody else holds are left for the next scan. What was owed before stays as
# it is, also when the customer's address has changed since: one reminder a rule and start time.
_PLAN = text(
    """
    WITH due AS MATERIALIZED (
        SELECT a.id, a.service_id, a.customer_id, a.start_time, a.booked_at,
               a.status IN ('SCHEDULED', 'CONFIRMED') AS stands,
               a.status = 'SCHEDULED' AND a.requires_approval AS awaits_approval
        FROM appointments a
        WHERE a.tenant_id = :tenant_id AND a.id = ANY(:ids) AND a.remind_at <= :now
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    reminders AS (
        SELECT due.*, r.channel, r.minutes_before,
               due.start_time - make_interval(mins => r.minutes_before) AS due_at
        FROM due
        JOIN reminder_rules r
          ON r.tenant_id = :tenant_id AND (r.service_id IS NULL OR r.service_id = due.service_id)
        WHERE due.stands
    ),
    owed AS (
        INSERT INTO notifications
            (tenant_id, kind, channel, recipient, appointment_id, minutes_before, start_time,
             due_at, next_attempt_at, status, reason)
        SELECT :tenant_id, 'REMINDER', new.channel, new.recipient, new.id, new.minutes_before,
               new.start_time, new.due_at, new.due_at,
               CASE WHEN new.reason IS NULL THEN 'PENDING' ELSE 'SKIPPED' END, new.reason
        FROM (
            SELECT r.*,
                   CASE r.channel WHEN 'EMAIL' THEN c.email
                                  WHEN 'SMS' THEN coalesce(c.phone, '') ELSE '' END AS recipient,
                   CASE WHEN r.due_at < r.booked_at
                            THEN 'The appointment was booked after this reminder was due.'
                        WHEN r.channel <> ALL(:open_channels)
                            THEN 'Sending by ' || r.channel || ' is not set up.'
                        WHEN r.start_time <= :now
                            THEN 'The appointment started before this reminder was sent.'
                   END AS reason
            FROM reminders r
            JOIN customers c ON c.tenant_id = :tenant_id AND c.id = r.customer_id
            WHERE r.due_at <= :now AND NOT r.awaits_approval
        ) new
        WHERE NOT EXISTS (
            SELECT FROM notifications n
            WHERE n.appointment_id = new.id AND n.kind = 'REMINDER' AND n.channel = new.channel
              AND n.minutes_before = new.minutes_before AND n.start_time = new.start_time
              AND n.participant_id IS NULL
        )
        ON CONFLICT DO NOTHING
    )
    UPDATE appointments a
    SET remind_at = (SELECT min(r.due_at) FROM reminders r WHERE r.id = a.id AND r.due_at > :now)
    FROM due
    WHERE a.tenant_id = :tenant_id AND a.id = due.id
    RETURNING a.id
    """
)


def plan_reminders(database: Database, *, now: datetime, open_channels: Collection[Channel]) -> int:
    """Write down every reminder due at `now`; the number of appointments looked at.

    Reminders by a channel that is not open are recorded as skipped.
    """
    planned, give_up_at = 0, time.monotonic() + LONGEST_SECONDS
    channels = [channel.value for channel in open_channels]
    while time.monotonic() < give_up_at:
        with database.transaction() as session:
            due = due_appointments(session, now=now, batch=BATCH)
        done = sum(
            _plan_tenant(database, tenant_id, ids, now=now, channels=channels)
            for tenant_id, ids in due.items()
        )
        planned += done
        if done == 0:
            break
    return planned


def _plan_tenant(
    database: Database,
    tenant_id: UUID,
    ids: Sequence[UUID],
    *,
    now: datetime,
    channels: list[str],
) -> int:
    values = {"tenant_id": tenant_id, "ids": list(ids), "now": now, "open_channels": channels}
    try:
        with database.transaction(tenant_id) as session:
            return len(session.execute(_PLAN, values).all())
    except (DataError, IntegrityError) as problem:
        # One tenant's data must not cost the others their reminders.
        log.error("tenant_not_planned", tenant_id=str(tenant_id), problem=type(problem).__name__)  # noqa: TRY400 - The text of the error names people.
        return 0
