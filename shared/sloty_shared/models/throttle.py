"""Throttle: how often something was tried lately, by a name that is stored as a hash."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base


class Throttle(Base):
    """A count that ends at `expires_at`; it belongs to no tenant, since who tries may not exist."""

    __tablename__ = "throttles"
    __table_args__ = (Index("idx_throttles_expires_at", "expires_at"),)

    name: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime]
    count: Mapped[int]
