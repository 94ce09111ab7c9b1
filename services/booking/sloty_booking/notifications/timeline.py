"""What one appointment's people were told and will be: the ledger, and what the rules plan."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, text

from sloty_booking.notifications.schemas import TimelineEntry, TimelineStatus
from sloty_shared.errors import NotFound
from sloty_shared.models import Appointment, Notification, NotificationKind
from sloty_shared.web.work import Work

# More than an appointment ever has; the timeline has no pages.
MOST_SHOWN = 500
# A day on which clocks are set back is longer than others, by less than this.
LONGEST_DAY = timedelta(days=2)

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
    known = select(Appointment).where(
        Appointment.tenant_id == work.tenant.id, Appointment.id == appointment_id
    )
    appointment = work.session.scalar(known)
    if appointment is None:
        raise NotFound("There is no such appointment.")
    entries = [*_owed(work, appointment), *_planned(work, appointment_id)]
    return sorted(entries, key=lambda entry: entry.due_at)


def _owed(work: Work, appointment: Appointment) -> list[TimelineEntry]:
    """What is about it alone, and what it shares with others and hangs on the first of them."""
    names_it = Notification.payload["appointmentIds"].contains([str(appointment.id)])
    rows = work.session.scalars(
        select(Notification)
        .where(
            Notification.tenant_id == work.tenant.id,
            Notification.appointment_id.in_(
                select(Appointment.id).where(
                    Appointment.tenant_id == work.tenant.id, _decided_together(appointment)
                )
            ),
            or_(Notification.appointment_id == appointment.id, names_it),
        )
        .order_by(Notification.due_at, Notification.id)
        .limit(MOST_SHOWN)
    )
    return [TimelineEntry.model_validate(row) for row in rows]


def _decided_together(appointment: Appointment) -> ColumnElement[bool]:
    """Whether an appointment may have been booked, moved or cancelled along with this one.

    A message's list of ids is in no index: operators of JSON are not leakproof, so that row-level
    security would leave it unused. The message is looked for among those of the appointments of the
    same series, and of the same provider's day up to this one.
    """
    possible = [
        Appointment.id == appointment.id,
        and_(
            Appointment.provider_id == appointment.provider_id,
            Appointment.start_time > appointment.start_time - LONGEST_DAY,
            Appointment.start_time <= appointment.start_time,
        ),
    ]
    if appointment.series_id is not None:
        possible.append(Appointment.series_id == appointment.series_id)
    return or_(*possible)


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
