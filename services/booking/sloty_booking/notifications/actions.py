"""Owing messages, and the rules of reminders."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from sloty_booking.catalog import queries as catalog
from sloty_booking.notifications import queries
from sloty_booking.notifications.schemas import NewReminderRule
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import (
    REMINDABLE,
    Appointment,
    AppointmentParticipant,
    Channel,
    Customer,
    Notification,
    NotificationKind,
    ReminderRule,
    Tenant,
)
from sloty_shared.web.work import Work

_FOR_PARTICIPANTS = frozenset(
    {
        NotificationKind.BOOKED,
        NotificationKind.CONFIRMED,
        NotificationKind.CANCELLED,
        NotificationKind.RESCHEDULED,
    }
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

    Participants hear only of appointments that stand: of a request they know nothing yet.
    """
    messages = [_message(work, kind, appointment, customer.email)]
    told = {customer.email.casefold()}
    for participant in participants if kind in _FOR_PARTICIPANTS else ():
        email = participant.email
        if email and participant.wants_messages and email.casefold() not in told:
            told.add(email.casefold())
            messages.append(_message(work, kind, appointment, email, participant.id))
    work.session.flush()
    work.session.execute(insert(Notification), messages)
    work.wake_workers()


def invite(work: Work, appointment: Appointment, participant: AppointmentParticipant) -> None:
    """Owe the booking's message to somebody who joined later; an address that has it gets no other."""
    if participant.email:
        message = _message(
            work, NotificationKind.BOOKED, appointment, participant.email, participant.id
        )
        work.session.execute(
            postgresql_insert(Notification).values(message).on_conflict_do_nothing()
        )
        work.wake_workers()


def _message(
    work: Work,
    kind: NotificationKind,
    appointment: Appointment,
    recipient: str,
    participant_id: UUID | None = None,
) -> dict[str, Any]:
    return {
        "tenant_id": appointment.tenant_id,
        "kind": kind,
        "channel": Channel.EMAIL,
        "recipient": recipient,
        "appointment_id": appointment.id,
        "participant_id": participant_id,
        "start_time": appointment.start_time,
        "due_at": work.now,
        "next_attempt_at": work.now,
        "request_id": work.request_id,
    }


def create_rule(work: Work, new: NewReminderRule) -> ReminderRule:
    """Raises NotFound for a foreign service, or RuleExists."""
    if new.service_id is not None:
        catalog.service(work, new.service_id)
    rule = ReminderRule(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(rule)
    with translating({"uq_reminder_rules_tenant_id_service_id_minutes_before_channel": RuleExists}):
        work.session.flush()
    work.record("reminder_rule.created", rule)
    _plan_anew(work)
    return rule


def delete_rule(work: Work, rule_id: UUID) -> None:
    """Raises NotFound."""
    rule = queries.reminder_rule(work, rule_id)
    before = audit.snapshot(rule)
    work.session.delete(rule)
    work.session.flush()
    audit.record(work.session, work.actor, "reminder_rule.deleted", rule, before=before, after={})
    _plan_anew(work)


def _plan_anew(work: Work) -> None:
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
