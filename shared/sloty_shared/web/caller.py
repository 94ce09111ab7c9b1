"""Who is asking: a bearer token becomes a user, a tenant and what they may do."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session as DatabaseSession

from sloty_shared.errors import Forbidden, TenantSuspended, Unauthenticated
from sloty_shared.ids import token_hash
from sloty_shared.models import Session, Tenant, User
from sloty_shared.permissions import Permission, permissions_of

IDLE_LIFETIME = timedelta(days=14)
# Noting the use of a session costs a write, so it is done once in a while only.
USE_NOTED_EVERY = timedelta(hours=1)

# One round trip finds the session and enters its tenant for the rest of the transaction.
_ENTER_BY_SESSION = text(
    "SELECT session_id, set_config('app.tenant_id', tenant_id::text, true) "
    "FROM find_session(:token_hash)"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who is logged in, by one session, inside one tenant."""

    user: User
    tenant: Tenant
    session: Session

    def may(self, permission: Permission) -> bool:
        return permission in permissions_of(self.user.role, self.user.permissions)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the caller has the permission."""
        if not self.may(permission):
            raise Forbidden(f"This needs the permission {permission}.")


def identify(session: DatabaseSession, authorization: str | None, *, now: datetime) -> Caller:
    """The caller behind an Authorization header; the transaction is then inside their tenant.

    Raises Unauthenticated for a missing, unknown or ended session, TenantSuspended for a tenant
    that may not log in.
    """
    found = session.execute(
        _ENTER_BY_SESSION, {"token_hash": token_hash(_bearer_token(authorization))}
    ).first()
    if found is None:
        raise Unauthenticated
    row = session.execute(
        select(Session, User, Tenant)
        .join(User, User.id == Session.user_id)
        .join(Tenant, Tenant.id == Session.tenant_id)
        .where(Session.id == found.session_id)
    ).first()
    if row is None:
        raise Unauthenticated
    caller = Caller(session=row[0], user=row[1], tenant=row[2])
    _refuse_ended(caller, now)
    if now - caller.session.last_used_at > USE_NOTED_EVERY:
        caller.session.last_used_at = now
    return caller


def _bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


def _refuse_ended(caller: Caller, now: datetime) -> None:
    ended = now >= caller.session.expires or now - caller.session.last_used_at > IDLE_LIFETIME
    if ended or not caller.user.may_log_in:
        raise Unauthenticated
    if not caller.tenant.may_log_in:
        raise TenantSuspended
