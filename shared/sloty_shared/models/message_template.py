"""MessageTemplate: a tenant's own words for one kind of message, in one channel and language."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    one_of,
)
from sloty_shared.models.notification import Channel, NotificationKind


class MessageTemplate(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "message_templates"
    __table_args__ = (
        addressable(),
        UniqueConstraint("tenant_id", "kind", "channel", "locale"),
        CheckConstraint("(channel = 'EMAIL') = (subject IS NOT NULL)", name="subject"),
    )

    kind: Mapped[NotificationKind] = mapped_column(one_of(NotificationKind))
    channel: Mapped[Channel] = mapped_column(one_of(Channel))
    locale: Mapped[str]
    subject: Mapped[str | None]
    text: Mapped[str]
    html: Mapped[str | None]
