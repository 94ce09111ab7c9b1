"""Reading webhooks and what was delivered to them."""

from uuid import UUID

from sqlalchemy import func, select

from sloty_shared.errors import NotFound
from sloty_shared.models import Channel, Notification, NotificationStatus, Webhook
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def webhooks(work: Work, page: Page) -> tuple[list[Webhook], str | None]:
    query = select(Webhook).where(Webhook.tenant_id == work.tenant.id)
    return paginate(work.session, query, by=[Webhook.id], page=page)


def webhook(work: Work, webhook_id: UUID, *, to_change: bool = False) -> Webhook:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(Webhook).where(Webhook.tenant_id == work.tenant.id, Webhook.id == webhook_id)
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def deliveries(
    work: Work, page: Page, webhook_id: UUID, *, status: NotificationStatus | None
) -> tuple[list[Notification], str | None]:
    """Raises NotFound."""
    webhook(work, webhook_id)
    query = select(Notification).where(
        Notification.tenant_id == work.tenant.id,
        Notification.channel == Channel.WEBHOOK,
        Notification.recipient == str(webhook_id),
    )
    if status is not None:
        query = query.where(Notification.status == status)
    return paginate(work.session, query, by=[Notification.id], page=page, descending=True)


def delivery_to_change(work: Work, webhook_id: UUID, delivery_id: UUID) -> Notification:
    """The delivery, locked. Raises NotFound."""
    found = work.session.scalar(
        select(Notification)
        .where(
            Notification.tenant_id == work.tenant.id,
            Notification.channel == Channel.WEBHOOK,
            Notification.recipient == str(webhook_id),
            Notification.id == delivery_id,
        )
        .with_for_update()
    )
    if found is None:
        raise NotFound("There is no such delivery.")
    return found


def count(work: Work) -> int:
    """How many webhooks the tenant has."""
    query = select(func.count()).select_from(Webhook).where(Webhook.tenant_id == work.tenant.id)
    return work.session.scalar(query) or 0
