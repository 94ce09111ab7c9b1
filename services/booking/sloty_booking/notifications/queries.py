"""Reading reminder rules and messages."""

from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import NotFound
from sloty_shared.models import Notification, NotificationStatus, ReminderRule
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def reminder_rules(work: Work, page: Page) -> tuple[list[ReminderRule], str | None]:
    query = select(ReminderRule).where(ReminderRule.tenant_id == work.tenant.id)
    return paginate(work.session, query, by=[ReminderRule.id], page=page)


def reminder_rule(work: Work, rule_id: UUID, *, to_change: bool = False) -> ReminderRule:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(ReminderRule).where(
        ReminderRule.tenant_id == work.tenant.id, ReminderRule.id == rule_id
    )
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such reminder rule.")
    return found


def notification(work: Work, notification_id: UUID, *, to_change: bool = False) -> Notification:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(Notification).where(
        Notification.tenant_id == work.tenant.id, Notification.id == notification_id
    )
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such message.")
    return found


def notifications(
    work: Work,
    page: Page,
    *,
    appointment_id: UUID | None,
    status: NotificationStatus | None,
) -> tuple[list[Notification], str | None]:
    query = select(Notification).where(Notification.tenant_id == work.tenant.id)
    if appointment_id is not None:
        query = query.where(Notification.appointment_id == appointment_id)
    if status is not None:
        query = query.where(Notification.status == status)
    return paginate(work.session, query, by=[Notification.id], page=page)
