"""Adding, changing and trying webhooks, and sending a delivery again."""

import base64
import secrets
from urllib.parse import urlsplit
from uuid import UUID

from sloty_booking.webhooks import queries
from sloty_booking.webhooks.schemas import MadeWebhook, NewWebhook, WebhookChange, WebhookView
from sloty_shared import audit
from sloty_shared.errors import Conflict, FieldError, Invalid
from sloty_shared.models import (
    Channel,
    Notification,
    NotificationKind,
    NotificationStatus,
    Webhook,
)
from sloty_shared.public_addresses import is_public
from sloty_shared.web.changes import change_row, delete_row
from sloty_shared.web.work import Work

# What the Standard Webhooks specification asks of a secret: its mark, and 24 to 64 random bytes.
SECRET_MARK = "whsec_"  # noqa: S105 - Tells programs that look for leaked secrets what it is.
SECRET_BYTES = 32
PURPOSE = "webhook"
MOST_WEBHOOKS = 50


class TooManyWebhooks(Conflict):
    """The business has as many webhooks as it can have."""

    code = "too_many_webhooks"
    title = "Too many webhooks"


class StillOwed(Conflict):
    """This delivery is on its way already."""

    code = "still_owed"
    title = "Still owed"


def create_webhook(work: Work, new: NewWebhook) -> MadeWebhook:
    """A webhook, whose secret exists in clear in this answer only.

    Raises Invalid for an address that is not on the public internet, or TooManyWebhooks.
    """
    _refuse_private(work, new.url)
    if queries.count(work) >= MOST_WEBHOOKS:
        raise TooManyWebhooks
    secret = secrets.token_bytes(SECRET_BYTES)
    webhook = Webhook(
        tenant_id=work.tenant.id,
        url=new.url,
        events=list(map(str, new.events)),
        secret=work.encryption.seal(secret, PURPOSE),
    )
    work.session.add(webhook)
    work.session.flush()
    work.record("webhook.created", webhook)
    shown = SECRET_MARK + base64.b64encode(secret).decode()
    return MadeWebhook.model_validate(
        {**WebhookView.model_validate(webhook).__dict__, "secret": shown}
    )


def change_webhook(work: Work, webhook_id: UUID, change: WebhookChange) -> Webhook:
    """Raises NotFound, VersionConflict or Invalid."""
    webhook = queries.webhook(work, webhook_id, to_change=True)
    work.check_version(webhook)
    if change.url is not None:
        _refuse_private(work, change.url)
    values = change.model_dump(exclude_unset=True, exclude_none=True)
    if "events" in values:
        values["events"] = list(map(str, values["events"]))
    if change.is_active:
        values |= {"paused_at": None, "failing_since": None}
    change_row(work, "webhook.changed", webhook, values)
    return webhook


def delete_webhook(work: Work, webhook_id: UUID) -> None:
    """What is still owed to it is skipped. Raises NotFound or VersionConflict."""
    webhook = queries.webhook(work, webhook_id, to_change=True)
    work.check_version(webhook)
    delete_row(work, "webhook.deleted", webhook)


def try_webhook(work: Work, webhook_id: UUID) -> Notification:
    """Owe it a call that says nothing of anybody. Raises NotFound."""
    webhook = queries.webhook(work, webhook_id)
    delivery = Notification(
        tenant_id=work.tenant.id,
        kind=NotificationKind.TEST,
        channel=Channel.WEBHOOK,
        recipient=str(webhook.id),
        payload={"webhookId": str(webhook.id)},
        due_at=work.now,
        next_attempt_at=work.now,
        request_id=work.request_id,
        traceparent=work.traceparent,
    )
    work.session.add(delivery)
    work.session.flush()
    work.record("webhook.tried", webhook)
    work.wake_workers()
    return delivery


def replay(work: Work, webhook_id: UUID, delivery_id: UUID) -> Notification:
    """Send a delivery again under its own id. Raises NotFound, or StillOwed."""
    delivery = queries.delivery_to_change(work, webhook_id, delivery_id)
    if delivery.status in (NotificationStatus.PENDING, NotificationStatus.SENDING):
        raise StillOwed
    before = audit.snapshot(delivery)
    delivery.send_again(work.now)
    work.session.flush()
    work.record("notification.replayed", delivery, before=before)
    work.wake_workers()
    return delivery


def _refuse_private(work: Work, url: str) -> None:
    """Raise Invalid for what can be seen to be private; names are looked up before each call."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    is_number = ":" in host or host.replace(".", "").isdecimal()
    is_local = host == "localhost" or host.endswith(".localhost")
    if work.settings.webhook_allow_private or not (is_local or is_number):
        return
    if is_local or not is_public(host):
        raise Invalid(errors=[FieldError("/url", "This address is not on the public internet")])
