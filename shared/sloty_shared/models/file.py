"""File: what somebody uploaded for a form; its bytes lie in the file store, under its ids."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sloty_shared.models.base import (
    Base,
    Identified,
    Stamped,
    TenantOwned,
    addressable,
    one_of,
    same_tenant,
)


class FileStatus(StrEnum):
    # There from before the bytes are until after they are: an object always has a row.
    PENDING = "PENDING"
    STORED = "STORED"
    DOOMED = "DOOMED"


class File(Identified, TenantOwned, Stamped, Base):
    """Whatever is not attached to an appointment expires, and then the worker removes it."""

    __tablename__ = "files"
    __table_args__ = (
        addressable(),
        same_tenant("uploaded_by", "users", ondelete="SET NULL"),
        same_tenant("appointment_id", "appointments"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("(appointment_id IS NULL) = (expires_at IS NOT NULL)", name="expires_at"),
        CheckConstraint("appointment_id IS NULL OR status = 'STORED'", name="attached"),
        Index("idx_files_tenant_id", "tenant_id"),
        Index("idx_files_appointment_id", "appointment_id"),
        Index("idx_files_uploaded_by", "uploaded_by"),
        # Only what nobody has attached is in it.
        Index(
            "idx_files_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")
        ),
    )

    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    status: Mapped[FileStatus] = mapped_column(
        one_of(FileStatus), server_default=FileStatus.PENDING.value
    )
    # Uploaded by somebody without a log-in.
    is_public: Mapped[bool] = mapped_column(server_default=text("false"))
    uploaded_by: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    expires_at: Mapped[datetime | None]

    def attach(self, appointment_id: UUID) -> None:
        """From here on it lives as long as the appointment does."""
        self.appointment_id = appointment_id
        self.expires_at = None

    def doom(self, now: datetime) -> None:
        """Nobody sees it any more, and the worker removes it."""
        self.status = FileStatus.DOOMED
        self.appointment_id = None
        self.expires_at = now
