"""What one appointment's people were told and will be: the ledger, and what the rules plan."""

from uuid import UUID

from sqlalchemy import select, text

from sloty_booking.notifications.queries import appointment_asked_about, is_about
from sloty_booking.notifications.schemas import TimelineEntry, TimelineStatus
from sloty_shared.errors import NotFound
from sloty_shared.models import Appointment, Notification, NotificationKind
from sloty_shared.web.work import Work

# More than an appointment ever has; the timeline has no pages.
MOST_SHOWN = 500

_PLANNED = text(
    """
    SELECT planned.channel, planned.minutes_before, planned.due_at,
           CASE planned.channel WHEN 'EMAIL' THEN planned.email
                                WHEN 'SMS' THEN coalesce(planned.phone, '') ELSE '' END AS recipient
    FROM (
        SELECT r.channel, r.minutes_before, c.email, c.phone,
               outside_quiet_hours(
                   a.start_time - make_interval(mins => r.minutes_before),
                   CASE c.timezone WHEN 'UTC' THEN a.timezone ELSE c.timezone END,
                   t.settings -> 'quietHours'
               ) AS due_at
        FROM appointments a
        JOIN customers c ON c.tenant_id = a.tenant_id AND c.id = a.customer_id
        JOIN tenants t ON t.id = a.tenant_id
        JOIN reminder_rules r ON r.tenant_id = a.tenant_id
             AND (r.service_id IS NULL OR r.service_id = a.service_id)
        WHERE a.tenant_id = :tenant_id AND a.id = :appointment_id
          AND a.status IN ('SCHEDULED', 'CONFIRMED')
    ) planned
    WHERE planned.due_at > :now
    ORDER BY planned.due_at, planned.channel
    """
)


def timeline(work: Work, appointment_id: UUID) -> list[TimelineEntry]:
    """In the order of due times. Raises NotFound, also for one of another tenant."""
    appointment = appointment_asked_about(work, appointment_id)
    if appointment is None:
        raise NotFound("There is no such appointment.")
    entries = [*_owed(work, appointment), *_planned(work, appointment_id)]
    return sorted(entries, key=lambda entry: entry.due_at)


def _owed(work: Work, appointment: Appointment) -> list[TimelineEntry]:
    rows = work.session.scalars(
        select(Notification)
        .where(is_about(appointment))
        .order_by(Notification.due_at, Notification.id)
        .limit(MOST_SHOWN)
    )
    return [TimelineEntry.model_validate(row) for row in rows]


def _planned(work: Work, appointment_id: UUID) -> list[TimelineEntry]:
    values = {
        "tenant_id": work.tenant.id,
        "appointment_id": appointment_id,
        "now": work.now,
    }
    return [
        TimelineEntry(
            id=None,
            kind=NotificationKind.REMINDER,
            channel=row.channel,
            recipient=row.recipient,
            participant_id=None,
            minutes_before=row.minutes_before,
            due_at=row.due_at,
            status=TimelineStatus.PLANNED,
            attempts=0,
            sent_at=None,
            reason=None,
        )
        for row in work.session.execute(_PLANNED, values)
    ]
