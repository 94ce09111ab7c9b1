"""`/v1/message-templates`."""

from sloty_booking.message_templates import actions, queries
from sloty_booking.message_templates.schemas import (
    MessageTemplateChange,
    MessageTemplateView,
    NewMessageTemplate,
    Preview,
    PreviewRequest,
)
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import Channel, MessageTemplate, NotificationKind
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["message-templates"])


@routes.create(
    "/message-templates",
    allow=Permission.NOTIFICATIONS_WRITE,
    answer=MessageTemplateView,
    errors=(actions.TemplateExists,),
    summary="Add a message template",
)
def create_message_template(work: Work, body: NewMessageTemplate) -> MessageTemplate:
    """Say one kind of message in your own words, in one channel and language."""
    return actions.create_template(work, body)


@routes.read(
    "/message-templates",
    allow=Permission.NOTIFICATIONS_READ,
    answer=Listing[MessageTemplateView],
    summary="List message templates",
)
def list_message_templates(
    work: Work,
    page: PageQuery,
    kind: NotificationKind | None = None,
    channel: Channel | None = None,
) -> Listing[MessageTemplateView]:
    """The tenant's own templates, oldest first; all else is said in the built-in words."""
    return listing(
        MessageTemplateView, queries.message_templates(work, page, kind=kind, channel=channel)
    )


@routes.act(
    "/message-templates/preview",
    allow=Permission.NOTIFICATIONS_READ,
    answer=Preview,
    summary="Preview a message template",
)
def preview_message_template(work: Work, body: PreviewRequest) -> Preview:  # noqa: ARG001 - Each route has one.
    """What a template would say of an example appointment; nothing is kept."""
    return actions.preview(body)


@routes.read(
    "/message-templates/{template_id}",
    allow=Permission.NOTIFICATIONS_READ,
    answer=MessageTemplateView,
    errors=(NotFound,),
    summary="Read a message template",
)
def read_message_template(work: Work, template_id: UuidId) -> MessageTemplate:
    """One template."""
    return queries.message_template(work, template_id)


@routes.change(
    "/message-templates/{template_id}",
    allow=Permission.NOTIFICATIONS_WRITE,
    answer=MessageTemplateView,
    errors=(NotFound, VersionConflict),
    summary="Change a message template",
)
def change_message_template(
    work: Work, template_id: UuidId, body: MessageTemplateChange
) -> MessageTemplate:
    """Change the texts that are named; an empty `html` removes it."""
    return actions.change_template(work, template_id, body)


@routes.remove(
    "/message-templates/{template_id}",
    allow=Permission.NOTIFICATIONS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a message template",
)
def delete_message_template(work: Work, template_id: UuidId) -> None:
    """Messages of its kind are said in the built-in words again."""
    actions.delete_template(work, template_id)
