"""Signing up a business, registering with one, and beginning and ending sessions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from sloty_booking.identity import attempts, proofs, queries
from sloty_booking.identity.credentials import CheckedLogIn, InvalidCredentials
from sloty_booking.identity.schemas import Registration, SignUp
from sloty_shared import audit
from sloty_shared.database import enter_tenant, translating
from sloty_shared.errors import Conflict, NotFound, TenantSuspended
from sloty_shared.ids import new_id, new_token, token_hash
from sloty_shared.models import (
    PLATFORM_SLUG,
    ActorType,
    Base,
    Channel,
    Provider,
    ReminderRule,
    Session,
    Tenant,
    TokenPurpose,
    User,
    UserRole,
)
from sloty_shared.web.work import Work

TRIAL = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=30)
FIRST_REMINDERS_MINUTES = (1440, 60)
FIRST_LOCALE = "en"


class SlugTaken(Conflict):
    """Another business has this slug."""

    code = "slug_taken"
    title = "Slug taken"


class EmailTaken(Conflict):
    """A user with this e-mail address exists."""

    code = "email_taken"
    title = "E-mail address taken"


@dataclass(frozen=True, slots=True)
class NewSession:
    """A log-in with its token in clear, which exists nowhere else."""

    user: User
    tenant: Tenant
    token: str
    expires: datetime


def sign_up(work: Work, request: SignUp, password_hash: str) -> NewSession:
    """A tenant on trial, its administrator and a session. Raises SlugTaken or EmailTaken."""
    tenant = Tenant(
        id=new_id(), name=request.tenant_name, slug=request.slug, trial_ends_at=work.now + TRIAL
    )
    enter_tenant(work.session, tenant.id)
    work.session.add(tenant)
    with translating({"uq_tenants_slug": SlugTaken}):
        work.session.flush()
    administrator = User(role=UserRole.TENANT_ADMIN, email=request.email, name=request.name)
    user = _join(work, tenant, administrator, password_hash)
    work.session.add_all(
        ReminderRule(tenant_id=tenant.id, minutes_before=minutes, channel=Channel.EMAIL)
        for minutes in FIRST_REMINDERS_MINUTES
    )
    record_by(work, user, "tenant.signed_up", tenant)
    return begin_session(work, user, tenant)


def register(work: Work, request: Registration, password_hash: str) -> NewSession:
    """A user of the business whose public page this is. Raises NotFound or EmailTaken."""
    tenant = work.tenant
    if tenant.slug == PLATFORM_SLUG:
        raise NotFound("There is no such business.")
    newcomer = User(role=UserRole.USER, email=request.email, name=request.name)
    user = _join(work, tenant, newcomer, password_hash)
    record_by(work, user, "user.registered", user)
    return begin_session(work, user, tenant)


def log_in(work: Work, checked: CheckedLogIn) -> NewSession:
    """A new session. Raises InvalidCredentials or TenantSuspended."""
    enter_tenant(work.session, checked.tenant_id)
    # Locked, so that a reset at the same moment either refuses this log-in or ends its session.
    found = queries.user_and_tenant(work.session, checked.user_id, to_change=True)
    user, tenant = found or (None, None)
    if user is None or tenant is None or user.password != checked.stored or not user.may_log_in:
        raise InvalidCredentials
    if not tenant.may_log_in:
        raise TenantSuspended
    user.last_login_at = work.now
    if checked.renewed is not None:
        user.password = checked.renewed
    if checked.attempt is not None:
        attempts.succeed(work.session, checked.attempt, work.now)
    record_by(work, user, "user.logged_in", user)
    return begin_session(work, user, tenant)


def begin_session(work: Work, user: User, tenant: Tenant) -> NewSession:
    """A session of the user's; its token is in this answer alone."""
    token = new_token()
    expires = work.now + SESSION_LIFETIME
    work.session.add(
        Session(
            tenant_id=tenant.id,
            user_id=user.id,
            session_token_hash=token_hash(token),
            expires=expires,
            last_used_at=work.now,
        )
    )
    work.session.flush()
    return NewSession(user=user, tenant=tenant, token=token, expires=expires)


def log_out(work: Work) -> None:
    """End the session that made this request. Raises Forbidden for an API key."""
    user, session = queries.oneself_to_change(work), work.caller.session
    work.record("user.logged_out", user)
    if session is not None:
        work.session.delete(session)


def end_sessions(work: Work, user: User, *, but: UUID | None = None) -> None:
    """The user is logged in nowhere any more, `but` in this one session."""
    query = delete(Session).where(Session.tenant_id == user.tenant_id, Session.user_id == user.id)
    if but is not None:
        query = query.where(Session.id != but)
    work.session.execute(query.execution_options(synchronize_session=False))


def show_provider_anew(work: Work, user: User, before: Mapping[str, Any]) -> None:
    """A provider is shown with their user's name, so a provider's version moves with it."""
    if user.name == before["name"]:
        return
    work.session.execute(
        update(Provider)
        .where(Provider.tenant_id == user.tenant_id, Provider.user_id == user.id)
        .values(is_active=Provider.is_active)
    )


def record_by(work: Work, user: User, action: str, row: Base) -> None:
    """The user acts before there is a session to act by."""
    work.session.flush()
    actor = audit.Actor(
        ActorType.USER, user.id, user.role, request_id=work.request_id, address=work.address
    )
    audit.record(work.session, actor, action, row)


def _join(work: Work, tenant: Tenant, user: User, password_hash: str) -> User:
    """Add the user, who is logged in at once and proves the e-mail address later."""
    user.tenant_id = tenant.id
    user.password = password_hash
    user.last_login_at = work.now
    user.locale = tenant.settings.get("defaultLocale", FIRST_LOCALE)
    work.session.add(user)
    with translating({"idx_users_email": EmailTaken}):
        work.session.flush()
    proofs.send(work, user, TokenPurpose.EMAIL_VERIFICATION)
    if work.address is not None:
        attempts.know(work.session, user.email, work.address, work.now)
    return user
