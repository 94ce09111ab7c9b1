"""IdempotencyKey: the first answer to a request that may be sent again."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import Base, Identified, TenantOwned


class IdempotencyKey(Identified, TenantOwned, Base):
    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "caller", "key"),
        Index("idx_idempotency_keys_expires_at", "expires_at"),
    )

    # Who asked: a user, an API key, or for the public the path.
    caller: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    # The answer may hold personal data and secrets shown once, so it is encrypted.
    response: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
