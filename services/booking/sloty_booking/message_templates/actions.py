"""Keeping message templates, of which each can be filled in, and showing what one would say."""

from uuid import UUID

from sloty_booking.message_templates import queries
from sloty_booking.message_templates.schemas import (
    MessageTemplateChange,
    NewMessageTemplate,
    Preview,
    PreviewRequest,
)
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, FieldError, Invalid
from sloty_shared.message_templates import VARIABLES, BadTemplate, TemplateTexts, render_text
from sloty_shared.models import Channel, MessageTemplate
from sloty_shared.web.changes import change_row, delete_row
from sloty_shared.web.work import Work


class TemplateExists(Conflict):
    """There is a template of this kind, channel and locale already."""

    code = "message_template_exists"
    title = "Message template exists"


def create_template(work: Work, new: NewMessageTemplate) -> MessageTemplate:
    """Raises Invalid with each text's fault, or TemplateExists."""
    _filled(TemplateTexts(new.subject, new.text, new.html))
    template = MessageTemplate(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(template)
    with translating({"uq_message_templates_tenant_id_kind_channel_locale": TemplateExists}):
        work.session.flush()
    work.record("message_template.created", template)
    return template


def change_template(
    work: Work, template_id: UUID, change: MessageTemplateChange
) -> MessageTemplate:
    """Raises NotFound, VersionConflict, or Invalid with each text's fault."""
    template = queries.message_template(work, template_id, to_change=True)
    work.check_version(template)
    if template.channel is Channel.SMS and (change.subject or change.html):
        raise Invalid(errors=[FieldError("", "A text message has neither subject nor html")])
    values = change.model_dump(exclude_unset=True)
    _filled(
        TemplateTexts(
            subject=values.get("subject", template.subject),
            text=values.get("text", template.text),
            html=values.get("html", template.html),
        )
    )
    change_row(work, "message_template.changed", template, values)
    return template


def delete_template(work: Work, template_id: UUID) -> None:
    """The built-in words are back. Raises NotFound or VersionConflict."""
    template = queries.message_template(work, template_id, to_change=True)
    work.check_version(template)
    delete_row(work, "message_template.deleted", template)


def preview(wanted: PreviewRequest) -> Preview:
    """The texts with examples filled in. Raises Invalid with each text's fault."""
    return Preview.model_validate(_filled(TemplateTexts(wanted.subject, wanted.text, wanted.html)))


def _filled(texts: TemplateTexts) -> TemplateTexts:
    """Raises Invalid with the fault of each text that has one."""
    faults: list[FieldError] = []

    def filled(name: str, source: str | None) -> str | None:
        try:
            return source and render_text(source, VARIABLES, is_markup=name == "html")
        except BadTemplate as fault:
            faults.append(FieldError(f"/{name}", str(fault)))
            return None

    subject, text, html = (
        filled(name, getattr(texts, name)) for name in ("subject", "text", "html")
    )
    if faults:
        raise Invalid(errors=faults)
    return TemplateTexts(subject, text or "", html)
