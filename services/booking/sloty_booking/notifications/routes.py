"""`/v1/reminder-rules` and `/v1/notifications`."""

from typing import Annotated

from fastapi import Query

from sloty_booking.notifications import actions, queries
from sloty_booking.notifications.schemas import (
    NewReminderRule,
    NotificationView,
    ReminderRuleView,
    Timeline,
)
from sloty_booking.notifications.timeline import timeline
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import Notification, NotificationStatus, NotRetryable, ReminderRule
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["notifications"])


@routes.create(
    "/reminder-rules",
    allow=Permission.REMINDER_RULES_WRITE,
    answer=ReminderRuleView,
    errors=(NotFound, actions.RuleExists),
    summary="Add a reminder rule",
)
def create_reminder_rule(work: Work, body: NewReminderRule) -> ReminderRule:
    """Remind customers so many minutes before the start; coming appointments follow at once."""
    return actions.create_rule(work, body)


@routes.read(
    "/reminder-rules",
    allow=Permission.REMINDER_RULES_READ,
    answer=Listing[ReminderRuleView],
    summary="List reminder rules",
)
def list_reminder_rules(work: Work, page: PageQuery) -> Listing[ReminderRuleView]:
    """When reminders go out; a new tenant has two, a day and an hour before."""
    return listing(ReminderRuleView, queries.reminder_rules(work, page))


@routes.read(
    "/reminder-rules/{rule_id}",
    allow=Permission.REMINDER_RULES_READ,
    answer=ReminderRuleView,
    errors=(NotFound,),
    summary="Read a reminder rule",
)
def read_reminder_rule(work: Work, rule_id: UuidId) -> ReminderRule:
    """One reminder rule."""
    return queries.reminder_rule(work, rule_id)


@routes.remove(
    "/reminder-rules/{rule_id}",
    allow=Permission.REMINDER_RULES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a reminder rule",
)
def delete_reminder_rule(work: Work, rule_id: UuidId) -> None:
    """No reminder goes out by it any more."""
    actions.delete_rule(work, rule_id)


@routes.read(
    "/notifications",
    allow=Permission.NOTIFICATIONS_READ,
    answer=Listing[NotificationView],
    summary="List messages",
)
def list_notifications(
    work: Work,
    page: PageQuery,
    appointment_id: Annotated[UuidId | None, Query(alias="appointmentId")] = None,
    status: NotificationStatus | None = None,
) -> Listing[NotificationView]:
    """Each message that was owed, and what became of it, oldest first."""
    found = queries.notifications(work, page, appointment_id=appointment_id, status=status)
    return listing(NotificationView, found)


@routes.read(
    "/notifications/{notification_id}",
    allow=Permission.NOTIFICATIONS_READ,
    answer=NotificationView,
    errors=(NotFound,),
    summary="Read a message",
)
def read_notification(work: Work, notification_id: UuidId) -> Notification:
    """One message, to whom it is owed, and what became of it."""
    return queries.notification(work, notification_id)


@routes.act(
    "/notifications/{notification_id}/retry",
    allow=Permission.NOTIFICATIONS_WRITE,
    answer=NotificationView,
    errors=(NotFound, NotRetryable),
    summary="Try a message again",
)
def retry_notification(work: Work, notification_id: UuidId) -> Notification:
    """Owe a message anew that failed or was skipped; it goes out only if it is still true."""
    return actions.retry(work, notification_id)


@routes.read(
    "/appointments/{appointment_id}/notifications",
    allow=Permission.NOTIFICATIONS_READ,
    answer=Timeline,
    errors=(NotFound,),
    summary="List an appointment's messages",
)
def list_appointment_notifications(work: Work, appointment_id: UuidId) -> Timeline:
    """All that was owed, sent or skipped and why, and the reminders still planned by the rules."""
    return Timeline(items=timeline(work, appointment_id))
