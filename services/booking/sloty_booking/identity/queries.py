"""Finding a user before anything is known of them, and oneself."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sloty_shared.errors import Forbidden
from sloty_shared.models import Tenant, User
from sloty_shared.web.work import Work

# One round trip finds the user and enters their tenant for the rest of the transaction.
_ENTER_BY_EMAIL = text(
    "SELECT user_id, set_config('app.tenant_id', tenant_id::text, true) FROM find_user(:email)"
)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Oneself:
    """A user as they see themselves: their own row, and the tenant that they act inside of."""

    user: User
    tenant: Tenant

    def __getattr__(self, name: str) -> Any:
        return getattr(self.user, name)

    @property
    def version(self) -> str:
        """Moves with either."""
        return f"{self.user.version}-{self.tenant.version}"


def user_by_email(session: Session, email: str) -> tuple[User, Tenant] | None:
    """The user with this address, without case, and their tenant, which the session then enters.

    Nobody is looked for as long as somebody: as many statements, whoever the address belongs to.
    """
    found = session.execute(_ENTER_BY_EMAIL, {"email": email}).first()
    return user_and_tenant(session, found.user_id if found else _NOBODY)


def user_and_tenant(
    session: Session, user_id: UUID, *, to_change: bool = False
) -> tuple[User, Tenant] | None:
    """Both inside of the user's own tenant. `to_change` locks the user."""
    query = select(User, Tenant).join(Tenant, Tenant.id == User.tenant_id).where(User.id == user_id)
    row = session.execute(
        query.with_for_update(of=User, key_share=True) if to_change else query
    ).first()
    return None if row is None else (row[0], row[1])


def oneself(work: Work) -> Oneself:
    """Raises Forbidden for an API key."""
    return Oneself(work.caller.person, work.tenant)


def oneself_to_change(work: Work) -> User:
    """The caller's own row, locked.

    Raises Forbidden for an API key, and for a SUPER_ADMIN inside of a tenant that is not theirs.
    """
    user = work.caller.person
    if user.tenant_id != work.tenant.id:
        raise Forbidden("This is about yourself: leave the header Sloty-Tenant out.")
    return work.session.scalars(
        select(User)
        .where(User.tenant_id == work.tenant.id, User.id == user.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
