"""Who is asking: a bearer token becomes a user or an API key, a tenant, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    cast,
    column,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.orm import Session as DatabaseSession

from sloty_shared.errors import Forbidden, NotFound, TenantSuspended, Unauthenticated
from sloty_shared.hot_statements import Detached, HotStatement
from sloty_shared.ids import API_KEY_MARK, token_hash
from sloty_shared.models import ApiKey, Session, Tenant, User, UserRole
from sloty_shared.permissions import Permission, Reach, reach

IDLE_LIFETIME = timedelta(days=14)
# Noting the use of a session or a key costs a write, so it is done once in a while only.
USE_NOTED_EVERY = timedelta(minutes=10)

_TENANT = Detached(Tenant)
_USER = Detached(User, without=["password"])
_SESSION = Detached(Session, without=["session_token_hash"])
_API_KEY = Detached(ApiKey, without=["key_hash"])


def _entering(
    door: str, read: Select[Any], proof: ColumnElement[Any] | None = None
) -> HotStatement:
    """One statement that finds a tenant, enters it for the rest of the transaction, and reads there.

    `door` gives what `set_config` returned as `entered`, and perhaps the `id` that `proof` must be.
    What is read hangs on these, and the OFFSET keeps the planner from joining in any other order:
    so the policies see the tenant already.
    """
    entered = text(door).columns(column("id", Uuid), column("entered", Text)).cte("entered")
    read = read.where(Tenant.id == cast(entered.c.entered, Uuid))
    if proof is not None:
        read = read.where(proof == entered.c.id)
    found = read.offset(literal_column("0")).lateral("found")
    return HotStatement(select(found).select_from(entered.join(found, true())))


_BY_SESSION = _entering(
    "SELECT session_id AS id, set_config('app.tenant_id', tenant_id::text, true) AS entered "
    "FROM find_session(:token_hash)",
    select(*_SESSION.columns, *_USER.columns, *_TENANT.columns)
    .join(User, User.id == Session.user_id)
    .join(Tenant, Tenant.id == Session.tenant_id),
    proof=Session.__table__.c.id,
)
_BY_API_KEY = _entering(
    "SELECT api_key_id AS id, set_config('app.tenant_id', tenant_id::text, true) AS entered "
    "FROM find_api_key(:token_hash)",
    select(*_API_KEY.columns, *_TENANT.columns).join(Tenant, Tenant.id == ApiKey.tenant_id),
    proof=ApiKey.__table__.c.id,
)
_READ_TENANT = select(*_TENANT.columns)
_BY_SLUG = _entering(
    "SELECT set_config('app.tenant_id', tenant_id::text, true) AS entered "
    "FROM find_tenant(:slug) AS tenant_id WHERE tenant_id IS NOT NULL",
    _READ_TENANT,
)
_BY_CODE = _entering(
    "SELECT set_config('app.tenant_id', tenant_id::text, true) AS entered "
    "FROM find_appointment(:code)",
    _READ_TENANT,
)
_BY_WAITLIST_CODE = _entering(
    "SELECT set_config('app.tenant_id', tenant_id::text, true) AS entered "
    "FROM find_waitlist_entry(:code)",
    _READ_TENANT,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A user with a session, or an API key, inside one tenant."""

    tenant: Tenant
    user: User | None = None
    session: Session | None = None
    api_key: ApiKey | None = None

    @property
    def role(self) -> UserRole:
        known = self.user or self.api_key
        if known is None:
            raise Unauthenticated
        return known.role

    @property
    def person(self) -> User:
        """The user; raises Forbidden for an API key."""
        if self.user is None:
            raise Forbidden("An API key is nobody: this needs a user who is logged in.")
        return self.user

    @property
    def member_id(self) -> UUID | None:
        """The user's id where they belong to the tenant that they act inside of."""
        if self.user is None or self.user.tenant_id != self.tenant.id:
            return None
        return self.user.id

    def reach(self, permission: Permission) -> Reach:
        """How far the caller's permission goes."""
        return reach(self.role, self.user.permissions if self.user else (), permission)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the caller has the permission, if only for their own rows."""
        if self.reach(permission) is Reach.NONE:
            raise Forbidden(f"This needs the permission {permission}.")


def identify(
    session: DatabaseSession,
    authorization: str | None,
    *,
    now: datetime,
    acting_in: str | None = None,
) -> Caller:
    """The caller behind an Authorization header; the transaction is then inside their tenant.

    `acting_in` is the slug of the tenant that a SUPER_ADMIN acts inside of. Raises Unauthenticated
    for a missing, unknown or ended session or key, TenantSuspended for a tenant that may not log
    in, Forbidden and NotFound where `acting_in` may not or cannot be entered.
    """
    token = _bearer_token(authorization)
    find = _by_api_key if token.startswith(API_KEY_MARK) else _by_session
    caller = find(session, token_hash(token), now)
    if not caller.tenant.may_log_in:
        raise TenantSuspended
    if acting_in is None:
        return caller
    if caller.role is not UserRole.SUPER_ADMIN:
        raise Forbidden("Only a SUPER_ADMIN acts inside of other tenants.")
    tenant = enter_tenant_by_slug(session, acting_in)
    return Caller(tenant=tenant, user=caller.user, session=caller.session)


def enter_tenant_by_slug(session: DatabaseSession, slug: str) -> Tenant:
    """The tenant of this slug, which the transaction is then inside of. Raises NotFound."""
    return _enter(session, _BY_SLUG, {"slug": slug}, "There is no such business.")


def enter_tenant_by_code(session: DatabaseSession, code: str) -> Tenant:
    """The tenant of the appointment with this code, entered likewise. Raises NotFound."""
    return _enter_by_code(session, _BY_CODE, code, "There is no such appointment.")


def enter_tenant_by_waitlist_code(session: DatabaseSession, code: str) -> Tenant:
    """The tenant of the waitlist entry with this code, entered likewise. Raises NotFound."""
    return _enter_by_code(session, _BY_WAITLIST_CODE, code, "There is no such waitlist entry.")


def _enter_by_code(session: DatabaseSession, by: HotStatement, code: str, missing: str) -> Tenant:
    # PostgreSQL refuses to look for what no text can hold; so does every code.
    if not (code.isascii() and code.isprintable()):
        raise NotFound(missing)
    return _enter(session, by, {"code": code}, missing)


def _enter(
    session: DatabaseSession, by: HotStatement, asked: Mapping[str, str], missing: str
) -> Tenant:
    values = by.first(session, asked)
    if values is None:
        raise NotFound(missing)
    return _TENANT.row(values)


def _bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


def _by_session(session: DatabaseSession, hashed: bytes, now: datetime) -> Caller:
    values = _BY_SESSION.first(session, {"token_hash": hashed})
    if values is None:
        raise Unauthenticated
    of_user, of_tenant = len(_SESSION.columns), len(_SESSION.columns) + len(_USER.columns)
    login, user = _SESSION.row(values[:of_user]), _USER.row(values[of_user:of_tenant])
    ended = now >= login.expires or now - login.last_used_at > IDLE_LIFETIME
    if ended or not user.may_log_in:
        raise Unauthenticated
    if now - login.last_used_at > USE_NOTED_EVERY:
        _note_use(session, Session, login.id, now)
    return Caller(tenant=_TENANT.row(values[of_tenant:]), user=user, session=login)


def _by_api_key(session: DatabaseSession, hashed: bytes, now: datetime) -> Caller:
    values = _BY_API_KEY.first(session, {"token_hash": hashed})
    if values is None:
        raise Unauthenticated
    of_tenant = len(_API_KEY.columns)
    key = _API_KEY.row(values[:of_tenant])
    if not key.is_valid(now):
        raise Unauthenticated
    if key.last_used_at is None or now - key.last_used_at > USE_NOTED_EVERY:
        _note_use(session, ApiKey, key.id, now)
    return Caller(tenant=_TENANT.row(values[of_tenant:]), api_key=key)


def _note_use(
    session: DatabaseSession, kind: type[Session | ApiKey], proof_id: UUID, now: datetime
) -> None:
    session.execute(update(kind).where(kind.id == proof_id).values(last_used_at=now))
