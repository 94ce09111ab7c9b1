"""Whether webhooks take what they are sent: one that fails for too long is called no more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from sloty_shared.models import Channel, Notification, Webhook


def note_success(connection: Connection, tenant_id: UUID, webhook_id: UUID) -> None:
    """The webhook works."""
    connection.execute(
        update(Webhook)
        .where(
            Webhook.tenant_id == tenant_id,
            Webhook.id == webhook_id,
            Webhook.failing_since.is_not(None),
        )
        .values(failing_since=None)
    )


def note_failure(
    session: Session, notification: Notification, *, now: datetime, is_gone: bool = False
) -> None:
    """The webhook failed; nothing to note for what is no call of one."""
    if notification.channel is not Channel.WEBHOOK:
        return
    webhook = session.scalars(
        select(Webhook)
        .where(
            Webhook.tenant_id == notification.tenant_id,
            Webhook.id == UUID(notification.recipient),
        )
        .with_for_update(key_share=True)
    ).one_or_none()
    if webhook is not None:
        webhook.record_failure(now, is_gone=is_gone)
