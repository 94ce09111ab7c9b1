"""CalendarFeed: the secret address under which calendars read a provider's appointments."""

from uuid import UUID

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, Stamped, TenantOwned, same_tenant


class CalendarFeed(Identified, TenantOwned, Stamped, Base):
    """One a provider. The secret of its address is never stored, only its SHA-256."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        same_tenant("provider_id", "providers", ondelete="CASCADE"),
        UniqueConstraint("provider_id"),
    )

    provider_id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
