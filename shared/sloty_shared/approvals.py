"""Requests for approval that nobody answered in time: they expire."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from sloty_shared import audit
from sloty_shared.appointment_events import EVENTS, appointment_data
from sloty_shared.models import (
    ActorType,
    Appointment,
    Channel,
    Notification,
    NotificationKind,
    Tenant,
    Webhook,
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
    _tell(session, request, now)
    return True


def _tell(session: Session, request: Appointment, now: datetime) -> None:
    """Owe the news to the customer, and to the tenant's webhooks that listen to it."""
    event = EVENTS[NotificationKind.DECLINED]
    webhooks = session.scalars(
        select(Webhook.id).where(
            Webhook.tenant_id == request.tenant_id,
            Webhook.is_active,
            Webhook.paused_at.is_(None),
            Webhook.events.contains([event.value]),
        )
    )
    data = appointment_data(request)
    told: list[tuple[Channel, str, dict[str, Any]]] = [
        (Channel.EMAIL, request.customer.email, {}),
        *((Channel.WEBHOOK, str(webhook_id), data) for webhook_id in webhooks),
    ]
    for channel, recipient, payload in told:
        session.add(
            Notification(
                tenant_id=request.tenant_id,
                kind=NotificationKind.DECLINED,
                channel=channel,
                recipient=recipient,
                payload=payload,
                appointment_id=request.id,
                start_time=request.start_time,
                due_at=now,
                next_attempt_at=now,
            )
        )
    session.flush()
