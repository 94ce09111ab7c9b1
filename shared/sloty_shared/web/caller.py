"""Who is asking: a bearer token becomes a user or an API key, a tenant, and what they may do."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from sloty_shared.database import enter_tenant
from sloty_shared.errors import Forbidden, NotFound, TenantSuspended, Unauthenticated
from sloty_shared.hot_statements import Asker
from sloty_shared.ids import API_KEY_MARK, token_hash
from sloty_shared.models import ApiKey, Session, Tenant, User, UserRole
from sloty_shared.permissions import Permission, Reach, reach
from sloty_shared.web import doors
from sloty_shared.web.doors import Door, Found, Question

IDLE_LIFETIME = timedelta(days=14)
# Noting the use of a session or a key costs a write, so it is done once in a while only.
USE_NOTED_EVERY = timedelta(minutes=10)


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

    @property
    def proof(self) -> Session | ApiKey:
        """What proved who calls."""
        known = self.session or self.api_key
        if known is None:
            raise Unauthenticated
        return known

    def use_is_due(self, now: datetime) -> bool:
        """Whether it was so long ago that a use was noted that this one should be."""
        noted = self.proof.last_used_at
        return noted is None or now - noted > USE_NOTED_EVERY

    def reach(self, permission: Permission) -> Reach:
        """How far the caller's permission goes."""
        return reach(self.role, self.user.permissions if self.user else (), permission)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the caller has the permission, if only for their own rows."""
        if self.reach(permission) is Reach.NONE:
            raise Forbidden(f"This needs the permission {permission}.")


@dataclass(frozen=True, slots=True)
class Admitted:
    """The caller who was let in, or the tenant whose public pages are asked for, or neither.

    `found` is what the route's question found, if it has one.
    """

    caller: Caller | None = None
    public_tenant: Tenant | None = None
    found: Found | None = None


def identify(
    asker: Asker,
    authorization: str | None,
    *,
    now: datetime,
    acting_in: str | None = None,
    question: Question | None = None,
) -> tuple[Caller, Found | None]:
    """The caller behind an Authorization header, and what the question finds in their tenant.

    The transaction is then inside the tenant. `acting_in` is the slug of the one that a SUPER_ADMIN
    acts inside of. Raises Unauthenticated for a missing, unknown or ended session or key,
    TenantSuspended for a tenant that may not log in, Forbidden and NotFound where `acting_in` may
    not or cannot be entered.
    """
    token = _bearer_token(authorization)
    find = _by_api_key if token.startswith(API_KEY_MARK) else _by_session
    caller, found = find(asker, token_hash(token), now, None if acting_in else question)
    if not caller.tenant.may_log_in:
        raise TenantSuspended
    if acting_in is None:
        return caller, found
    if caller.role is not UserRole.SUPER_ADMIN:
        raise Forbidden("Only a SUPER_ADMIN acts inside of other tenants.")
    tenant, found = enter_tenant_by_slug(asker, acting_in, question)
    # The log-in was read by an earlier statement than this.
    found = found and replace(found, snapshot=None)
    return Caller(tenant=tenant, user=caller.user, session=caller.session), found


def enter_tenant_by_slug(
    asker: Asker, slug: str, question: Question | None = None
) -> tuple[Tenant, Found | None]:
    """The tenant of this slug or domain, and what the question finds there. Raises NotFound.

    Both are kept in lower case, and hosts compare without case.
    """
    return _enter(
        asker, doors.BY_SLUG, {"slug": slug.lower()}, "There is no such business.", question
    )


def enter_tenant_by_code(
    asker: Asker, code: str, question: Question | None = None
) -> tuple[Tenant, Found | None]:
    """That of the appointment with this code likewise. Raises NotFound."""
    return _enter_by_code(asker, doors.BY_CODE, code, "There is no such appointment.", question)


def enter_tenant_by_waitlist_code(
    asker: Asker, code: str, question: Question | None = None
) -> tuple[Tenant, Found | None]:
    """That of the waitlist entry with this code likewise. Raises NotFound."""
    missing = "There is no such waitlist entry."
    return _enter_by_code(asker, doors.BY_WAITLIST_CODE, code, missing, question)


def note_use(asker: Asker, caller: Caller, now: datetime) -> None:
    """Write down that the caller's session or key is used, which costs a write: see `use_is_due`."""
    proof = caller.proof
    enter_tenant(asker, proof.tenant_id)
    asker.execute(update(type(proof)).where(type(proof).id == proof.id).values(last_used_at=now))
    if proof.tenant_id != caller.tenant.id:
        enter_tenant(asker, caller.tenant.id)


def _enter_by_code(
    asker: Asker, door: Door, code: str, missing: str, question: Question | None
) -> tuple[Tenant, Found | None]:
    # PostgreSQL refuses to look for what no text can hold; so does every code.
    if not (code.isascii() and code.isprintable()):
        raise NotFound(missing)
    return _enter(asker, door, {"code": code}, missing, question)


def _enter(
    asker: Asker, door: Door, asked: dict[str, Any], missing: str, question: Question | None
) -> tuple[Tenant, Found | None]:
    entry = door.enter(asker, asked, question)
    if entry is None:
        raise NotFound(missing)
    return doors.TENANT.row(entry.who), entry.found


def _bearer_token(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token


def _by_session(
    asker: Asker, hashed: bytes, now: datetime, question: Question | None
) -> tuple[Caller, Found | None]:
    entry = doors.BY_SESSION.enter(asker, {"token_hash": hashed}, question)
    if entry is None:
        raise Unauthenticated
    login, values = doors.SESSION.split(entry.who)
    user, values = doors.USER.split(values)
    ended = now >= login.expires or now - login.last_used_at > IDLE_LIFETIME
    if ended or not user.may_log_in:
        raise Unauthenticated
    return Caller(tenant=doors.TENANT.row(values), user=user, session=login), entry.found


def _by_api_key(
    asker: Asker, hashed: bytes, now: datetime, question: Question | None
) -> tuple[Caller, Found | None]:
    entry = doors.BY_API_KEY.enter(asker, {"token_hash": hashed}, question)
    if entry is None:
        raise Unauthenticated
    key, values = doors.API_KEY.split(entry.who)
    if not key.is_valid(now):
        raise Unauthenticated
    return Caller(tenant=doors.TENANT.row(values), api_key=key), entry.found
