"""Reading message templates."""

from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import NotFound
from sloty_shared.models import Channel, MessageTemplate, NotificationKind
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def message_templates(
    work: Work, page: Page, *, kind: NotificationKind | None, channel: Channel | None
) -> tuple[list[MessageTemplate], str | None]:
    query = select(MessageTemplate).where(MessageTemplate.tenant_id == work.tenant.id)
    if kind is not None:
        query = query.where(MessageTemplate.kind == kind)
    if channel is not None:
        query = query.where(MessageTemplate.channel == channel)
    return paginate(work.session, query, by=[MessageTemplate.id], page=page)


def message_template(work: Work, template_id: UUID, *, to_change: bool = False) -> MessageTemplate:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(MessageTemplate).where(
        MessageTemplate.tenant_id == work.tenant.id, MessageTemplate.id == template_id
    )
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such message template.")
    return found
