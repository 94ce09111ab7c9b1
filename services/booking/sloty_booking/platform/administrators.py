"""Making the platform's own administrators, which only whoever runs the platform may."""

from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from sloty_booking.identity import proofs, queries
from sloty_booking.identity.actions import EmailTaken
from sloty_shared import audit
from sloty_shared.encryption import Encryption
from sloty_shared.models import (
    PLATFORM_SLUG,
    ActorType,
    TokenPurpose,
    User,
    UserRole,
    UserStatus,
)
from sloty_shared.web.caller import enter_tenant_by_slug
from sloty_shared.web.fields import EmailAddress

_address: TypeAdapter[str] = TypeAdapter(EmailAddress)


def invite_administrator(
    session: Session, encryption: Encryption, email: str, *, now: datetime
) -> str:
    """The token with which a SUPER_ADMIN, new or present, chooses a password, once in seven days.

    Raises EmailTaken for somebody of a business, ValueError for what is no e-mail address.
    """
    user = _administrator(session, _mail_address(email))
    token = proofs.issue(session, encryption, user, TokenPurpose.INVITATION, now=now)
    audit.record(session, audit.Actor(ActorType.SYSTEM), "user.invited", user)
    return encryption.token(token.purpose, token.id)


def _administrator(session: Session, email: str) -> User:
    found = queries.user_by_email(session, email)
    if found is None:
        platform, _ = enter_tenant_by_slug(session, PLATFORM_SLUG)
        user = User(tenant_id=platform.id, email=email, status=UserStatus.PENDING_VERIFICATION)
        session.add(user)
    else:
        user, tenant = found
        if tenant.slug != PLATFORM_SLUG:
            raise EmailTaken("This is the e-mail address of a user of a business.")
        if not user.may_log_in:
            user.status = UserStatus.PENDING_VERIFICATION
    user.role = UserRole.SUPER_ADMIN
    session.flush()
    return user


def _mail_address(email: str) -> str:
    try:
        return _address.validate_python(email)
    except ValidationError:
        raise ValueError(f"{email} is not an e-mail address") from None
