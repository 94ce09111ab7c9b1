"""Reading reminder rules and messages."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from sloty_shared.errors import NotFound
from sloty_shared.models import Appointment, Notification, NotificationStatus, ReminderRule
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

# A day on which clocks are set back is longer than others, by less than this.
LONGEST_DAY = timedelta(days=2)


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
    """`appointment_id` leaves those about this appointment, alone or with others."""
    query = select(Notification).where(Notification.tenant_id == work.tenant.id)
    if appointment_id is not None:
        appointment = appointment_asked_about(work, appointment_id)
        query = query.where(false() if appointment is None else is_about(appointment))
    if status is not None:
        query = query.where(Notification.status == status)
    return paginate(work.session, query, by=[Notification.id], page=page)


def appointment_asked_about(work: Work, appointment_id: UUID) -> Appointment | None:
    return work.session.scalar(
        select(Appointment).where(
            Appointment.tenant_id == work.tenant.id, Appointment.id == appointment_id
        )
    )


def is_about(appointment: Appointment) -> ColumnElement[bool]:
    """Of messages: about it alone, or shared with others and hanging on the first of them."""
    tenant_id = appointment.tenant_id
    names_it = Notification.payload["appointmentIds"].contains([str(appointment.id)])
    together = select(Appointment.id).where(
        Appointment.tenant_id == tenant_id, _decided_together(appointment)
    )
    return and_(
        Notification.tenant_id == tenant_id,
        Notification.appointment_id.in_(together),
        or_(Notification.appointment_id == appointment.id, names_it),
    )


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
