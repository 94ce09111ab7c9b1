"""Planning: which reminders are owed, written into the ledger when their time has come."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from sloty_notifications.queries import due_appointments
from sloty_shared.database import Database
from sloty_shared.models import Channel

BATCH = 500
# One scan plans no longer than this, so that what is owed already is sent; the next goes on.
LONGEST_SECONDS = 4.0
UNPLANNABLE_PAUSE = timedelta(hours=1)

log = structlog.get_logger()

# Appointments that somebody else holds are left for the next scan. What was owed before stays as
# it is, also when the customer's address has changed since: one reminder a rule and start time.
# The recipient's zone is the customer's own where they told it, else the appointment's. Webhooks are
# told of each reminder that is due, once for its minutes, by whichever channel it goes out.
_PLAN = text(
    """
    WITH due AS MATERIALIZED (
        SELECT a.id, a.service_id, a.customer_id, a.start_time, a.booked_at, a.timezone,
               a.status IN ('SCHEDULED', 'CONFIRMED') AS stands,
               a.status = 'SCHEDULED' AND a.requires_approval AS awaits_approval
        FROM appointments a
        WHERE a.tenant_id = :tenant_id AND a.id = ANY(:ids) AND a.remind_at <= :now
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    reminders AS (
        SELECT due.*, r.channel, r.minutes_before, c.email, coalesce(c.phone, '') AS phone,
               due.start_time - make_interval(mins => r.minutes_before) AS meant_for,
               outside_quiet_hours(
                   due.start_time - make_interval(mins => r.minutes_before),
                   CASE c.timezone WHEN 'UTC' THEN due.timezone ELSE c.timezone END,
                   t.settings -> 'quietHours'
               ) AS due_at
        FROM due
        JOIN customers c ON c.tenant_id = :tenant_id AND c.id = due.customer_id
        JOIN tenants t ON t.id = :tenant_id
        JOIN reminder_rules r
          ON r.tenant_id = :tenant_id AND (r.service_id IS NULL OR r.service_id = due.service_id)
        WHERE due.stands
    ),
    judged AS (
        SELECT r.*,
               CASE WHEN r.meant_for < r.booked_at
                        THEN 'The appointment was booked after this reminder was due.'
                    WHEN r.due_at < r.booked_at
                        THEN 'The appointment was booked after the last moment before quiet hours.'
                    WHEN r.start_time <= :now
                        THEN 'The appointment started before this reminder was sent.'
                    WHEN r.awaits_approval
                        THEN 'The appointment was not approved yet when this reminder was due.'
                    WHEN r.channel <> ALL(:open_channels)
                        THEN 'Sending by ' || r.channel || ' is not set up.'
               END AS reason
        FROM reminders r WHERE r.due_at <= :now
    ),
    listening AS (
        SELECT w.id FROM webhooks w
        WHERE w.tenant_id = :tenant_id AND w.is_active AND w.paused_at IS NULL
          AND 'appointment.reminder' = ANY(w.events) AND 'WEBHOOK' = ANY(:open_channels)
    ),
    addressed AS (
        SELECT j.id, j.minutes_before, j.start_time, j.due_at, j.channel, NULL::uuid AS participant,
               CASE j.channel WHEN 'EMAIL' THEN j.email WHEN 'SMS' THEN j.phone ELSE '' END
                   AS recipient,
               coalesce(j.reason,
                   CASE WHEN j.channel = 'SMS' AND j.phone = ''
                            THEN 'The customer has no phone number.'
                        WHEN j.channel = 'WEBHOOK'
                            THEN 'No webhook takes the event appointment.reminder.'
                   END) AS reason
        FROM judged j
        WHERE j.channel <> 'WEBHOOK' OR j.reason IS NOT NULL OR NOT EXISTS (SELECT FROM listening)
        UNION ALL
        SELECT j.id, j.minutes_before, j.start_time, j.due_at, j.channel, p.id,
               CASE j.channel WHEN 'EMAIL' THEN p.email ELSE p.phone END, NULL
        FROM judged j
        JOIN appointment_participants p
          ON p.tenant_id = :tenant_id AND p.appointment_id = j.id AND p.status <> 'DECLINED'
         AND p.wants_reminders
        WHERE j.reason IS NULL
          AND CASE j.channel WHEN 'EMAIL' THEN lower(p.email) <> lower(j.email)
                             WHEN 'SMS' THEN p.phone <> j.phone ELSE false END
        UNION ALL
        SELECT j.id, j.minutes_before, j.start_time, j.due_at, 'WEBHOOK', NULL, l.id::text, NULL
        FROM judged j, listening l WHERE j.reason IS NULL
    ),
    owed AS (
        INSERT INTO notifications
            (tenant_id, kind, channel, recipient, appointment_id, participant_id, minutes_before,
             start_time, due_at, next_attempt_at, status, reason)
        SELECT :tenant_id, 'REMINDER', new.channel, new.recipient, new.id, new.participant,
               new.minutes_before, new.start_time, new.due_at, new.due_at,
               CASE WHEN new.reason IS NULL THEN 'PENDING' ELSE 'SKIPPED' END, new.reason
        FROM addressed new
        WHERE NOT EXISTS (
            SELECT FROM notifications n
            WHERE n.appointment_id = new.id AND n.kind = 'REMINDER' AND n.channel = new.channel
              AND n.minutes_before = new.minutes_before AND n.start_time = new.start_time
              AND n.participant_id IS NOT DISTINCT FROM new.participant
              AND (n.channel <> 'WEBHOOK' OR n.recipient = new.recipient)
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
_POSTPONE = text(
    "UPDATE appointments SET remind_at = :later WHERE tenant_id = :tenant_id AND id = ANY(:ids)"
)


@dataclass(frozen=True, slots=True)
class Planned:
    """How many appointments a scan looked at, and whether time ran out before the last."""

    count: int
    more: bool


def plan_reminders(
    database: Database, *, now: datetime, open_channels: Collection[Channel]
) -> Planned:
    """Write down every reminder due at `now`.

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
            return Planned(planned, more=False)
    return Planned(planned, more=True)


def _plan_tenant(
    database: Database,
    tenant_id: UUID,
    ids: Sequence[UUID],
    *,
    now: datetime,
    channels: list[str],
) -> int:
    """How many were planned. What cannot be planned is found by halves, and waits an hour."""
    values = {"tenant_id": tenant_id, "ids": list(ids), "now": now, "open_channels": channels}
    try:
        with database.transaction(tenant_id) as session:
            return len(session.execute(_PLAN, values).all())
    except (DataError, IntegrityError) as problem:
        if len(ids) > 1:
            middle = len(ids) // 2
            return sum(
                _plan_tenant(database, tenant_id, half, now=now, channels=channels)
                for half in (ids[:middle], ids[middle:])
            )
        # The text of the error names people.
        log.error("appointment_not_planned", id=str(ids[0]), problem=type(problem).__name__)  # noqa: TRY400
        with database.transaction(tenant_id) as session:
            session.execute(_POSTPONE, values | {"later": now + UNPLANNABLE_PAUSE})
        return 1
