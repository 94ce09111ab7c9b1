"""Finding whom an account at a provider belongs to."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sloty_shared.models import Account, User

# One round trip finds the user and enters their tenant for the rest of the transaction.
_ENTER_BY_ACCOUNT = text(
    "SELECT user_id, set_config('app.tenant_id', tenant_id::text, true) "
    "FROM find_account(:provider, :subject)"
)


def user_id_by_account(session: Session, provider: str, subject: str) -> UUID | None:
    """Whoever is linked with this account; the session then is inside of their tenant."""
    found = session.execute(_ENTER_BY_ACCOUNT, {"provider": provider, "subject": subject}).first()
    return found.user_id if found else None


def account_of(session: Session, user: User, provider: str) -> Account | None:
    """The one account of this provider that the user signs in with."""
    return session.scalars(
        select(Account).where(
            Account.tenant_id == user.tenant_id,
            Account.user_id == user.id,
            Account.provider == provider,
        )
    ).one_or_none()
