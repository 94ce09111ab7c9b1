"""`./sloty admin create`: the platform's administrators, whichever database Sloty uses."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.api_clients import PASSWORD, SECRET_KEY, in_process, settings_of

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_postgres import EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

CONFIRM = "/v1/auth/password-reset/confirm"


def sloty(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "sloty_deploy", *arguments],
        env={"PATH": os.environ.get("PATH", os.defpath), **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def create(email: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return sloty("admin", "create", email, **settings)


def urls_of(database: DatabaseUrls) -> dict[str, str]:
    return {
        "SLOTY_DATABASE_URL": database.owner_url,
        "SLOTY_APP_DATABASE_URL": database.app_url,
        "SLOTY_SECRET_KEY": SECRET_KEY,
    }


def token_in(said: str) -> str:
    [line] = [line for line in said.splitlines() if line.startswith("  ")]
    return line.strip()


def test_administrator_chooses_a_password_by_the_token(
    database: DatabaseUrls, broker: ScratchBroker
) -> None:
    made = [create("Root@Sloty.Example", **urls_of(database)) for _ in range(2)]
    assert [each.returncode for each in made] == [0, 0], made
    first, second = (token_in(each.stdout) for each in made)
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        apis.clock.now = datetime.now(UTC)
        choice = {"token": first, "password": PASSWORD}
        apis.booking.refused("POST", CONFIRM, 422, "invalid_token", json=choice)
        user = apis.booking.post(CONFIRM, choice | {"token": second}, status=200)
        assert (user["role"], user["status"]) == ("SUPER_ADMIN", "ACTIVE")
        log_in = {"email": "root@sloty.example", "password": PASSWORD}
        token = apis.booking.post("/v1/auth/login", log_in, status=200)["token"]
        root = apis.booking.with_token(token)
        assert root.get("/v1/me")["tenant"]["slug"] == "platform"
        business = apis.sign_up()
        assert root.get("/v1/tenants")["items"] == [business.tenant]
        taken = create(business.user["email"], **urls_of(database))
    assert (taken.returncode, taken.stdout) == (1, "")
    assert taken.stderr == "sloty: This is the e-mail address of a user of a business.\n"


@pytest.mark.parametrize("email", ["", "a b@c.example"])
def test_what_is_no_address_is_refused(database: DatabaseUrls, email: str) -> None:
    refused = create(email, **urls_of(database))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"sloty: {email} is not an e-mail address\n"


def test_administrator_is_made_in_the_embedded_database(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    folder = ("--data-dir", str(data.path))
    missing = sloty("admin", "create", "root@sloty.example", *folder)
    assert missing.returncode == 1
    assert missing.stderr.startswith("sloty: SLOTY_SECRET_KEY: is required")
    migrated = sloty("migrate", *folder)
    assert migrated.returncode == 0, migrated.stderr
    data.secret_key()
    stopped = sloty("admin", "create", "root@sloty.example", *folder)
    assert stopped.returncode == 0, stopped.stderr
    cluster = EmbeddedPostgres(data.path / "postgres")
    with data.held(), RunningProgram(cluster.prepare(), data.path / "postgres.log"):
        running = sloty("admin", "create", "root@sloty.example", *folder)
    cluster.close()
    assert running.returncode == 0, running.stderr
    assert token_in(stopped.stdout) != token_in(running.stdout)
