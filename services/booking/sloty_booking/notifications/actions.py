"""Owing messages, and the rules of reminders."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text, update

from sloty_booking.catalog import queries as catalog
from sloty_booking.notifications import queries
from sloty_booking.notifications.schemas import NewReminderRule
from sloty_shared import audit
from sloty_shared.appointment_events import EVENTS, appointment_data
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.hot_statements import HotStatement
from sloty_shared.models import (
    REMINDABLE,
    Appointment,
    AppointmentParticipant,
    Customer,
    Notification,
    NotificationKind,
    ReminderRule,
    Tenant,
)
from sloty_shared.web.changes import delete_row
from sloty_shared.web.work import Work

FOR_PARTICIPANTS = frozenset(
    {
        NotificationKind.BOOKED,
        NotificationKind.CONFIRMED,
        NotificationKind.CANCELLED,
        NotificationKind.RESCHEDULED,
    }
)


# Mails and the calls of webhooks in one statement, whether or not there are any webhooks.
_OWE = HotStatement(
    text(
        """
    INSERT INTO notifications
        (tenant_id, kind, channel, recipient, participant_id, payload, appointment_id, start_time,
         due_at, next_attempt_at, request_id, traceparent)
    SELECT :tenant_id, :kind, told.channel, told.recipient, told.participant_id, told.payload,
           :appointment_id, :start_time, :now, :now, :request_id, :traceparent
    FROM (
        SELECT 'EMAIL' AS channel, person.address AS recipient, person.participant_id,
               '{}'::jsonb AS payload
        FROM unnest(CAST(:addresses AS text[]), CAST(:participants AS uuid[]))
            AS person(address, participant_id)
        UNION ALL
        SELECT 'WEBHOOK', w.id::text, NULL, CAST(:data AS jsonb)
        FROM webhooks w
        WHERE w.tenant_id = :tenant_id AND w.is_active AND w.paused_at IS NULL
          AND :event = ANY(w.events)
    ) told
    ON CONFLICT DO NOTHING
    """
    )
)


class RuleExists(Conflict):
    """There is such a reminder rule already."""

    code = "reminder_rule_exists"
    title = "Reminder rule exists"


def owe(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    customer: Customer,
    participants: Sequence[AppointmentParticipant] = (),
) -> None:
    """Write down, in the change's own transaction, who is to be told of it: each address once.

    Participants hear only of appointments that stand: of a request they know nothing yet. The
    tenant's webhooks that listen to the event are told too, of the appointment as it is now.
    """
    addressees: dict[str, tuple[str, UUID | None]] = {
        customer.email.casefold(): (customer.email, None)
    }
    for participant in participants if kind in FOR_PARTICIPANTS else ():
        if participant.email and participant.wants_messages:
            told = (participant.email, participant.id)
            addressees.setdefault(participant.email.casefold(), told)
    _owe(work, kind, appointment, list(addressees.values()))


def tell_webhooks(work: Work, kind: NotificationKind, appointment: Appointment) -> None:
    """Owe the event to the webhooks alone, where there is nobody to write to."""
    _owe(work, kind, appointment, [])


def invite(work: Work, appointment: Appointment, participant: AppointmentParticipant) -> None:
    """Owe the booking's message to somebody who joined later; an address that has it gets no other."""
    if participant.email:
        guest = (participant.email, participant.id)
        _owe(work, NotificationKind.BOOKED, appointment, [guest], to_webhooks=False)


def _owe(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    addressees: Sequence[tuple[str, UUID | None]],
    *,
    to_webhooks: bool = True,
) -> None:
    work.session.flush()
    _OWE.run(
        work.session,
        {
            "tenant_id": appointment.tenant_id,
            "kind": kind.value,
            "addresses": [address for address, _ in addressees],
            "participants": [participant for _, participant in addressees],
            "appointment_id": appointment.id,
            "start_time": appointment.start_time,
            "now": work.now,
            "request_id": work.request_id,
            "traceparent": work.traceparent,
            "event": EVENTS[kind].value if to_webhooks else None,
            "data": json.dumps(appointment_data(appointment)),
        },
    )
    work.wake_workers()


def create_rule(work: Work, new: NewReminderRule) -> ReminderRule:
    """Raises NotFound for a foreign service, or RuleExists."""
    if new.service_id is not None:
        catalog.service(work, new.service_id)
    rule = ReminderRule(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(rule)
    with translating({"uq_reminder_rules_tenant_id_service_id_minutes_before_channel": RuleExists}):
        work.session.flush()
    work.record("reminder_rule.created", rule)
    plan_anew(work)
    return rule


def delete_rule(work: Work, rule_id: UUID) -> None:
    """Raises NotFound or VersionConflict."""
    rule = queries.reminder_rule(work, rule_id, to_change=True)
    work.check_version(rule)
    delete_row(work, "reminder_rule.deleted", rule)
    plan_anew(work)


def retry(work: Work, notification_id: UUID) -> Notification:
    """Owe a message anew that failed or was skipped. Raises NotFound or NotRetryable."""
    notification = queries.notification(work, notification_id, to_change=True)
    before = audit.snapshot(notification)
    notification.try_again(work.now)
    work.session.flush()
    work.record("notification.retried", notification, before=before)
    work.wake_workers()
    return notification


def plan_anew(work: Work) -> None:
    """Let the planner look at every coming appointment again: its reminders may have changed.

    One change of rules at a time, or two would wait for each other's appointments in a circle.
    """
    work.session.execute(
        select(Tenant.id).where(Tenant.id == work.tenant.id).with_for_update(key_share=True)
    )
    work.session.execute(
        update(Appointment)
        .where(
            Appointment.tenant_id == work.tenant.id,
            Appointment.start_time > work.now,
            Appointment.status.in_(REMINDABLE),
        )
        .values(remind_at=work.now)
        .execution_options(synchronize_session=False)
    )
    work.wake_workers()
