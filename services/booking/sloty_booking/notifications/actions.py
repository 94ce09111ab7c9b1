"""The rules of reminders, and sending again what failed."""

from uuid import UUID

from sqlalchemy import select, update

from sloty_booking.catalog import queries as catalog
from sloty_booking.notifications import queries
from sloty_booking.notifications.schemas import NewReminderRule
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import (
    REMINDABLE,
    Appointment,
    Notification,
    ReminderRule,
    Tenant,
)
from sloty_shared.web.changes import delete_row
from sloty_shared.web.work import Work


class RuleExists(Conflict):
    """There is such a reminder rule already."""

    code = "reminder_rule_exists"
    title = "Reminder rule exists"


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
