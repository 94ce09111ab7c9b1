"""People of a business in each role, and the tokens that are mailed to them."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from starlette.testclient import TestClient
from tests.api_clients import NOW, PASSWORD, SECRET_KEY, Apis, Business, Client, app_of

from sloty_booking.platform.administrators import invite_administrator
from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.encryption import Encryption
from sloty_shared.models import TokenPurpose

ENCRYPTION = Encryption(SECRET_KEY)
RESET = TokenPurpose.PASSWORD_RESET
INVITATION = TokenPurpose.INVITATION
VERIFICATION = TokenPurpose.EMAIL_VERIFICATION

_numbers = count(1)


@dataclass(frozen=True)
class Post:
    """Reads mailed tokens as their recipients would: made anew from the rows that owe the mails."""

    database: DatabaseUrls

    def tokens(self, email: str, purpose: TokenPurpose) -> list[str]:
        """All that were ever mailed to this address, the newest last."""
        query = (
            "SELECT payload->>'tokenId' AS token_id FROM notifications"
            " WHERE recipient = %s AND kind = %s ORDER BY id"
        )
        return [
            ENCRYPTION.token(purpose, UUID(row["token_id"]))
            for row in self.rows(query, email, purpose)
        ]

    def token(self, email: str, purpose: TokenPurpose) -> str:
        """The newest one."""
        return self.tokens(email, purpose)[-1]

    def rows(self, query: str, *values: Any) -> list[Any]:
        """As the schema's owner, who sees every tenant."""
        with psycopg.connect(self.database.owner_url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def change(self, query: str, *values: Any) -> None:
        with psycopg.connect(self.database.owner_url) as connection:
            connection.execute(query, values)


def new_email(name: str = "person") -> str:
    return f"{name}-{next(_numbers)}@people.example"


def register_proven(apis: Apis, post: Post, shop: Business) -> tuple[Any, Client]:
    """Somebody who has registered with the shop and proven their address."""
    newcomer = {"email": new_email(), "password": PASSWORD, "name": "Grace Hopper"}
    made = apis.booking.post(f"/v1/public/{shop.tenant['slug']}/register", newcomer)
    token = post.token(newcomer["email"], VERIFICATION)
    apis.booking.post("/v1/auth/verify-email", {"token": token}, status=200)
    return made["user"], apis.booking.with_token(made["token"])


def log_in(api: Client, email: str, password: str = PASSWORD) -> Client:
    """The same API for whoever has this address."""
    made = api.post("/v1/auth/login", {"email": email, "password": password}, status=200)
    return api.with_token(made["token"])


def join(business: Business, post: Post, role: str, **changes: Any) -> tuple[Any, Client]:
    """Somebody who was invited in this role and has accepted: the user, and the API as theirs."""
    invitation = {"email": new_email(role.lower()), "name": f"A {role}", "role": role} | changes
    user = business.booking.post("/v1/users", invitation)
    return accept(business.booking, post, user["email"])


def accept(api: Client, post: Post, email: str) -> tuple[Any, Client]:
    """Choose a password by the invitation's token, and log in."""
    choice = {"token": post.token(email, INVITATION), "password": PASSWORD}
    user = api.with_token(None).post("/v1/auth/password-reset/confirm", choice, status=200)
    return user, log_in(api.with_token(None), email)


def super_admin(apis: Apis, post: Post) -> Client:
    """An administrator of the platform, made as the operator does."""
    email = new_email("super")
    database = Database(post.database.app_url, pool_size=1)
    with database.transaction() as session:
        token = invite_administrator(session, ENCRYPTION, email, now=NOW)
    database.dispose()
    choice = {"token": token, "password": PASSWORD}
    apis.booking.post("/v1/auth/password-reset/confirm", choice, status=200)
    return log_in(apis.booking, email)


def acting_in(client: Client, slug: str) -> dict[str, str]:
    """The headers of a SUPER_ADMIN who acts inside of a business."""
    return {"Authorization": f"Bearer {client.token}", "Sloty-Tenant": slug}


def at_address(api: Client, address: str) -> Client:
    """The same API for somebody at another network address."""
    return Client(TestClient(app_of(api), client=(address, 40_000), raise_server_exceptions=False))
