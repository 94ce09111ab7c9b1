"""Callers of every role, logged in without a password: what they may see is the point."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.api_clients import NOW, Client, Shop
from tests.factories import make_user, owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.ids import new_token, token_hash
from sloty_shared.models import Session, Tenant, User, UserRole


def log_in_as(database: DatabaseUrls, shop: Shop, role: UserRole, **columns: Any) -> Client:
    """The availability API for a new user with this role."""
    with owner_session(database.owner_url) as session:
        tenant = session.get_one(Tenant, UUID(shop.tenant["id"]))
        user = make_user(session, tenant=tenant, role=role, **columns)
    return log_in_user(database, shop, str(user.id))


def log_in_user(database: DatabaseUrls, shop: Shop, user_id: str) -> Client:
    """The availability API for a user that there is."""
    token = new_token()
    with owner_session(database.owner_url) as session:
        user = session.get_one(User, UUID(user_id))
        session.add(
            Session(
                tenant_id=user.tenant_id,
                user_id=user.id,
                session_token_hash=token_hash(token),
                expires=NOW + timedelta(days=30),
                last_used_at=NOW,
            )
        )
    return shop.availability.with_token(token)
