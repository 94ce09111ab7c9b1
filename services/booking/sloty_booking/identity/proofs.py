"""Proofs by e-mail: tokens for one user and one purpose that work once.

A token is made from its row's id whenever it is needed, so it lies nowhere: the row has its hash,
and the message owed has the row's id.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session as DatabaseSession

from sloty_shared.encryption import Encryption
from sloty_shared.errors import Invalid, TenantSuspended
from sloty_shared.ids import new_id, token_hash
from sloty_shared.models import (
    Channel,
    Notification,
    NotificationKind,
    Tenant,
    TokenPurpose,
    User,
    VerificationToken,
)
from sloty_shared.web.work import Work

LIFETIMES = {
    TokenPurpose.EMAIL_VERIFICATION: timedelta(days=3),
    TokenPurpose.PASSWORD_RESET: timedelta(hours=1),
    TokenPurpose.INVITATION: timedelta(days=7),
}
# Both let their holder choose a password.
PASSWORD_PURPOSES = frozenset({TokenPurpose.PASSWORD_RESET, TokenPurpose.INVITATION})

# One round trip finds the token and enters its tenant for the rest of the transaction.
_ENTER_BY_TOKEN = text(
    "SELECT token_id, set_config('app.tenant_id', tenant_id::text, true) "
    "FROM find_verification_token(:token_hash)"
)

# Whoever changes a user's tokens locks the user first, so that none waits in a ring.
_OWNER = (
    select(User, Tenant)
    .join(Tenant, Tenant.id == User.tenant_id)
    .join(VerificationToken, VerificationToken.user_id == User.id)
    .where(VerificationToken.id == bindparam("token_id"))
    .with_for_update(of=User, key_share=True)
)


class InvalidToken(Invalid):
    """This token is unknown, expired, or was used before."""

    code = "invalid_token"
    title = "Invalid token"


def issue(
    session: DatabaseSession,
    encryption: Encryption,
    user: User,
    purpose: TokenPurpose,
    *,
    now: datetime,
) -> VerificationToken:
    """A new token; earlier ones of the user for this purpose are worth nothing from now on."""
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    revoke(session, user, {purpose}, now)
    row_id = new_id()
    token = VerificationToken(
        id=row_id,
        tenant_id=user.tenant_id,
        identifier=user.email,
        token_hash=token_hash(encryption.token(purpose, row_id)),
        expires=now + LIFETIMES[purpose],
        user_id=user.id,
        purpose=purpose,
        created_at=now,
    )
    session.add(token)
    session.flush()
    return token


def send(work: Work, user: User, purpose: TokenPurpose) -> None:
    """Owe the user a mail with a new token, in this work's own transaction."""
    token = issue(work.session, work.encryption, user, purpose, now=work.now)
    work.session.add(
        Notification(
            tenant_id=user.tenant_id,
            kind=NotificationKind(purpose),
            channel=Channel.EMAIL,
            recipient=user.email,
            user_id=user.id,
            payload={"tokenId": str(token.id)},
            due_at=work.now,
            next_attempt_at=work.now,
            request_id=work.request_id,
            traceparent=work.traceparent,
        )
    )
    work.session.flush()
    work.wake_workers()


def use(work: Work, token: str, purposes: Collection[TokenPurpose]) -> tuple[User, TokenPurpose]:
    """The user whom the token proves, locked; the transaction is then inside their tenant.

    Of parallel uses one succeeds. Raises InvalidToken or TenantSuspended.
    """
    found = work.session.execute(_ENTER_BY_TOKEN, {"token_hash": token_hash(token)}).first()
    row = found and work.session.execute(_OWNER, {"token_id": found.token_id}).first()
    if not found or not row:
        raise InvalidToken
    user, tenant = row
    purpose = work.session.scalar(
        update(VerificationToken)
        .where(
            VerificationToken.id == found.token_id,
            VerificationToken.purpose.in_(purposes),
            VerificationToken.used_at.is_(None),
            VerificationToken.expires > work.now,
        )
        .values(used_at=work.now)
        .returning(VerificationToken.purpose)
    )
    if purpose is None or not user.may_log_in:
        raise InvalidToken
    if not tenant.may_log_in:
        raise TenantSuspended
    return user, purpose


def revoke(
    session: DatabaseSession, user: User, purposes: Collection[TokenPurpose], now: datetime
) -> None:
    """Tokens of these purposes that were not used yet never will be."""
    session.execute(
        update(VerificationToken)
        .where(
            VerificationToken.tenant_id == user.tenant_id,
            VerificationToken.user_id == user.id,
            VerificationToken.purpose.in_(purposes),
            VerificationToken.used_at.is_(None),
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
