"""User and what proves who one is: Account, Session, VerificationToken and ApiKey."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
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


class UserRole(StrEnum):
    SUPER_ADMIN = "SUPER_ADMIN"
    TENANT_ADMIN = "TENANT_ADMIN"
    PROVIDER = "PROVIDER"
    STAFF = "STAFF"
    USER = "USER"


class UserStatus(StrEnum):
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_VERIFICATION = "PENDING_VERIFICATION"


class User(Identified, TenantOwned, Stamped, Base):
    __tablename__ = "users"
    __table_args__ = (
        addressable(),
        Index("idx_users_tenant_id", "tenant_id"),
        # Unique on the platform and without case. A column of its own, because under row-level
        # security an index on lower(email) is not used: lower() is not leakproof.
        Index("idx_users_email", "email_key", unique=True),
    )

    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(Computed("lower(email)", persisted=True))
    name: Mapped[str | None]
    avatar: Mapped[str | None]
    email_verified: Mapped[datetime | None]
    password: Mapped[str | None]
    role: Mapped[UserRole] = mapped_column(one_of(UserRole), server_default=UserRole.USER.value)
    permissions: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    phone: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    locale: Mapped[str] = mapped_column(server_default="en")
    status: Mapped[UserStatus] = mapped_column(
        one_of(UserStatus), server_default=UserStatus.ACTIVE.value
    )
    last_login_at: Mapped[datetime | None]

    @property
    def may_log_in(self) -> bool:
        """A fresh sign-up works at once; only being switched off keeps a user out."""
        return self.status in (UserStatus.ACTIVE, UserStatus.PENDING_VERIFICATION)


class Account(Identified, TenantOwned, Base):
    """A sign-in at another identity provider; its tokens are stored encrypted."""

    __tablename__ = "accounts"
    __table_args__ = (
        same_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("provider", "provider_account_id"),
        Index("idx_accounts_user_id", "user_id"),
    )

    user_id: Mapped[UUID]
    type: Mapped[str]
    provider: Mapped[str]
    provider_account_id: Mapped[str]
    refresh_token: Mapped[str | None]
    access_token: Mapped[str | None]
    expires_at: Mapped[int | None]
    token_type: Mapped[str | None]
    scope: Mapped[str | None]
    id_token: Mapped[str | None]
    session_state: Mapped[str | None]


class Session(Identified, TenantOwned, Base):
    """A log-in. The bearer token itself is never stored, only its SHA-256."""

    __tablename__ = "sessions"
    __table_args__ = (
        same_tenant("user_id", "users", ondelete="CASCADE"),
        Index("idx_sessions_user_id", "user_id"),
    )

    session_token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[UUID]
    expires: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TokenPurpose(StrEnum):
    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - the name of a purpose, not a password.
    INVITATION = "INVITATION"


class VerificationToken(Identified, TenantOwned, Base):
    """Proof by e-mail, for one user and one purpose, once; only the token's SHA-256 is stored."""

    __tablename__ = "verification_tokens"
    __table_args__ = (
        same_tenant("user_id", "users", ondelete="CASCADE"),
        UniqueConstraint("identifier", "token_hash"),
        Index("idx_verification_tokens_user_id", "user_id"),
    )

    identifier: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires: Mapped[datetime]
    user_id: Mapped[UUID]
    purpose: Mapped[TokenPurpose] = mapped_column(one_of(TokenPurpose))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class ApiKey(Identified, TenantOwned, Stamped, Base):
    """A key for programs; the prefix names it, only the SHA-256 of the whole is stored."""

    __tablename__ = "api_keys"
    __table_args__ = (
        same_tenant("created_by", "users", ondelete="SET NULL"),
        Index("idx_api_keys_tenant_id", "tenant_id"),
    )

    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    role: Mapped[UserRole] = mapped_column(one_of(UserRole))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None]

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
