"""Finding a user before anything is known of them."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sloty_shared.models import Tenant, User

# One round trip finds the user and enters their tenant for the rest of the transaction.
_ENTER_BY_EMAIL = text(
    "SELECT user_id, set_config('app.tenant_id', tenant_id::text, true) FROM find_user(:email)"
)


def user_by_email(session: Session, email: str) -> tuple[User, Tenant] | None:
    """The user with this address, without case, and their tenant, which the session then enters."""
    found = session.execute(_ENTER_BY_EMAIL, {"email": email}).first()
    if found is None:
        return None
    row = session.execute(
        select(User, Tenant)
        .join(Tenant, Tenant.id == User.tenant_id)
        .where(User.id == found.user_id)
    ).first()
    return None if row is None else (row[0], row[1])
