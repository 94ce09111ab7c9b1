"""`/v1/webhooks`."""

from sloty_booking.notifications.schemas import NotificationView
from sloty_booking.webhooks import actions, queries
from sloty_booking.webhooks.schemas import MadeWebhook, NewWebhook, WebhookChange, WebhookView
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import Notification, NotificationStatus, Webhook
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["webhooks"])


@routes.create(
    "/webhooks",
    allow=Permission.WEBHOOKS_WRITE,
    answer=MadeWebhook,
    errors=(actions.TooManyWebhooks,),
    summary="Add a webhook",
)
def create_webhook(work: Work, body: NewWebhook) -> MadeWebhook:
    """Tell an address of yours what happens to appointments; `secret` is shown once.

    Each event is a POST of `{type, timestamp, data}`, signed by the Standard Webhooks
    specification. Anything but a 2xx is tried again over three days, under the same `webhook-id`.
    """
    return actions.create_webhook(work, body)


@routes.read(
    "/webhooks",
    allow=Permission.WEBHOOKS_READ,
    answer=Listing[WebhookView],
    summary="List webhooks",
)
def list_webhooks(work: Work, page: PageQuery) -> Listing[WebhookView]:
    """The tenant's webhooks, oldest first."""
    return listing(WebhookView, queries.webhooks(work, page))


@routes.read(
    "/webhooks/{webhook_id}",
    allow=Permission.WEBHOOKS_READ,
    answer=WebhookView,
    errors=(NotFound,),
    summary="Read a webhook",
)
def read_webhook(work: Work, webhook_id: UuidId) -> Webhook:
    """One webhook, without its secret."""
    return queries.webhook(work, webhook_id)


@routes.change(
    "/webhooks/{webhook_id}",
    allow=Permission.WEBHOOKS_WRITE,
    answer=WebhookView,
    errors=(NotFound, VersionConflict),
    summary="Change a webhook",
)
def change_webhook(work: Work, webhook_id: UuidId, body: WebhookChange) -> Webhook:
    """Change what is named; `isActive` switches it off, and on again when it was paused."""
    return actions.change_webhook(work, webhook_id, body)


@routes.remove(
    "/webhooks/{webhook_id}",
    allow=Permission.WEBHOOKS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a webhook",
)
def delete_webhook(work: Work, webhook_id: UuidId) -> None:
    """It is told nothing any more, nor what is still owed to it."""
    actions.delete_webhook(work, webhook_id)


@routes.act(
    "/webhooks/{webhook_id}/test",
    allow=Permission.WEBHOOKS_WRITE,
    answer=NotificationView,
    errors=(NotFound,),
    summary="Try a webhook",
)
def test_webhook(work: Work, webhook_id: UuidId) -> Notification:
    """Send it the event `webhook.test`; the delivery that is answered tells what came of it."""
    return actions.try_webhook(work, webhook_id)


@routes.read(
    "/webhooks/{webhook_id}/deliveries",
    allow=Permission.WEBHOOKS_READ,
    answer=Listing[NotificationView],
    errors=(NotFound,),
    summary="List a webhook's deliveries",
)
def list_deliveries(
    work: Work, page: PageQuery, webhook_id: UuidId, status: NotificationStatus | None = None
) -> Listing[NotificationView]:
    """What it was told and is still owed, newest first."""
    return listing(NotificationView, queries.deliveries(work, page, webhook_id, status=status))


@routes.act(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
    allow=Permission.WEBHOOKS_WRITE,
    answer=NotificationView,
    errors=(NotFound, actions.StillOwed),
    summary="Replay a delivery",
)
def replay_delivery(work: Work, webhook_id: UuidId, delivery_id: UuidId) -> Notification:
    """Send it again, whatever became of it, under the same `webhook-id`."""
    return actions.replay(work, webhook_id, delivery_id)
