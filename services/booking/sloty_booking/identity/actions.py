"""Signing up a business, and beginning and ending sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sloty_booking.identity import queries
from sloty_booking.identity.passwords import hash_password, verify_password
from sloty_booking.identity.schemas import LogIn, SignUp
from sloty_shared import audit
from sloty_shared.database import enter_tenant, translating
from sloty_shared.errors import Conflict, TenantSuspended, Unauthenticated
from sloty_shared.ids import new_id, new_token, token_hash
from sloty_shared.models import (
    ActorType,
    Channel,
    ReminderRule,
    Session,
    Tenant,
    User,
    UserRole,
)
from sloty_shared.web.work import Work

TRIAL = timedelta(days=30)
SESSION_LIFETIME = timedelta(days=30)
FIRST_REMINDERS_MINUTES = (1440, 60)


class SlugTaken(Conflict):
    """Another business has this slug."""

    code = "slug_taken"
    title = "Slug taken"


class EmailTaken(Conflict):
    """A user with this e-mail address exists."""

    code = "email_taken"
    title = "E-mail address taken"


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""

    code = "invalid_credentials"
    title = "Invalid credentials"


@dataclass(frozen=True, slots=True)
class NewSession:
    """A log-in with its token in clear, which exists nowhere else."""

    user: User
    tenant: Tenant
    token: str
    expires: datetime


def sign_up(work: Work, request: SignUp) -> NewSession:
    """A tenant on trial, its administrator and a session. Raises SlugTaken or EmailTaken."""
    password = hash_password(request.password)
    tenant = Tenant(
        id=new_id(), name=request.tenant_name, slug=request.slug, trial_ends_at=work.now + TRIAL
    )
    enter_tenant(work.session, tenant.id)
    work.session.add(tenant)
    with translating({"uq_tenants_slug": SlugTaken}):
        work.session.flush()
    user = User(
        tenant_id=tenant.id,
        email=request.email,
        name=request.name,
        password=password,
        role=UserRole.TENANT_ADMIN,
        last_login_at=work.now,
    )
    work.session.add(user)
    with translating({"idx_users_email": EmailTaken}):
        work.session.flush()
    work.session.add_all(
        ReminderRule(tenant_id=tenant.id, minutes_before=minutes, channel=Channel.EMAIL)
        for minutes in FIRST_REMINDERS_MINUTES
    )
    _record(work, "tenant.signed_up", user, tenant)
    return _begin_session(work, user, tenant)


def log_in(work: Work, request: LogIn) -> NewSession:
    """A new session. Raises InvalidCredentials or TenantSuspended."""
    found = queries.user_by_email(work.session, request.email)
    user, tenant = found or (None, None)
    matches = verify_password(request.password, user.password if user else None)
    if user is None or tenant is None or not matches or not user.may_log_in:
        raise InvalidCredentials
    if not tenant.may_log_in:
        raise TenantSuspended
    user.last_login_at = work.now
    _record(work, "user.logged_in", user, user)
    return _begin_session(work, user, tenant)


def log_out(work: Work) -> None:
    """End the session that made this request."""
    person, session = work.caller.person, work.caller.session
    work.record("user.logged_out", person)
    if session is not None:
        work.session.delete(session)


def _begin_session(work: Work, user: User, tenant: Tenant) -> NewSession:
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


def _record(work: Work, action: str, user: User, row: Tenant | User) -> None:
    """The user acts before there is a session to act by."""
    work.session.flush()
    actor = audit.Actor(
        ActorType.USER, user.id, user.role, request_id=work.request_id, address=work.address
    )
    audit.record(work.session, actor, action, row)
