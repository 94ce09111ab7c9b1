"""Requests for approval that nobody answered in time: they expire."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from sloty_shared import audit
from sloty_shared.models import (
    ActorType,
    Appointment,
    Channel,
    Notification,
    NotificationKind,
    Tenant,
)

UNANSWERED = "Nobody answered the request in time."
_SYSTEM = audit.Actor(ActorType.SYSTEM)


def answer_by(tenant: Tenant, *, start: datetime, now: datetime) -> datetime:
    """When a request made now expires: at its start, or earlier where the tenant says so."""
    hours = tenant.settings.get("approvalExpiryHours")
    return start if hours is None else min(start, now + timedelta(hours=hours))


def expire_request(session: Session, appointment_id: UUID, now: datetime) -> bool:
    """Cancel one request whose time for an answer is over, and tell the customer.

    The session is inside the appointment's tenant; the door `expired_requests` names what is to
    be done. False where it was answered meanwhile, or somebody else has it in hand.
    """
    request = session.scalar(
        select(Appointment)
        .where(Appointment.id == appointment_id, Appointment.answer_by <= now)
        .options(joinedload(Appointment.customer, innerjoin=True))
        .with_for_update(of=Appointment, key_share=True, skip_locked=True)
    )
    if request is None:
        return False
    before = audit.snapshot(request)
    request.cancel(UNANSWERED, now=now)
    session.flush()
    audit.record(session, _SYSTEM, "appointment.expired", request, before=before)
    session.add(
        Notification(
            tenant_id=request.tenant_id,
            kind=NotificationKind.DECLINED,
            channel=Channel.EMAIL,
            recipient=request.customer.email,
            appointment_id=request.id,
            start_time=request.start_time,
            due_at=now,
            next_attempt_at=now,
        )
    )
    session.flush()
    return True
