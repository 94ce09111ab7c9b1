"""Bringing a database up to date: what is refused, what is granted, and that it can be repeated."""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.migrate import MigrationRefused, migrate
from sloty_shared.revision import REVISION

# What people put into passwords, as it stands in a URL only when quoted.
AWKWARD = "p%40 %s 'q' \"d\" \\b :/?#@ ü"


@contextmanager
def temporary_role(database: DatabaseUrls, name: str) -> Iterator[str]:
    """The database's URL as a role of that name, which is gone at the end if anybody made it."""
    role = sql.Identifier(name)
    try:
        yield database.app_url.replace("sloty_app", quote(name, safe=""))
    finally:
        with psycopg.connect(database.superuser_url, autocommit=True) as server:
            if server.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
                server.execute(sql.SQL("DROP OWNED BY {}").format(role))
                server.execute(sql.SQL("DROP ROLE {}").format(role))


def administer(database: DatabaseUrls, statement: str) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as server:
        server.execute(statement.encode())


def refused(owner_url: str, app_url: str) -> str:
    """The one line with which the migration is refused."""
    with pytest.raises(MigrationRefused) as refusal:
        migrate(owner_url, app_url)
    said = str(refusal.value)
    assert "\n" not in said
    return said


def run(owner_url: str, app_url: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "sloty_shared.migrate"],
        env={
            "PATH": os.environ["PATH"],
            "SLOTY_DATABASE_URL": owner_url,
            "SLOTY_APP_DATABASE_URL": app_url,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def revision(database: DatabaseUrls) -> str:
    with psycopg.connect(database.app_url) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return str(row[0])


def scram_verifier(password: str, like: str) -> str:
    """What PostgreSQL stores of a password (RFC 5803), with the salt of another verifier."""
    _, settings, _ = like.split("$")
    rounds, salt = settings.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    keys = ":".join(base64.b64encode(key).decode() for key in (stored, server))
    return f"SCRAM-SHA-256${settings}${keys}"


def test_unreachable_database_is_one_line() -> None:
    url = "postgresql://sloty_owner:secret@127.0.0.1:1/sloty"
    said = refused(url, url.replace("owner", "app"))
    assert said.startswith("SLOTY_DATABASE_URL: ")
    assert "refused" in said
    assert "secret" not in said


def test_missing_database_is_one_line(empty_database: DatabaseUrls) -> None:
    url = empty_database.owner_url.replace(empty_database.name, "nowhere")
    said = refused(url, empty_database.app_url)
    assert said.startswith("SLOTY_DATABASE_URL: ")
    assert '"nowhere" does not exist' in said


def test_owner_is_not_the_services_role(empty_database: DatabaseUrls) -> None:
    said = refused(empty_database.owner_url, empty_database.owner_url)
    assert said.startswith("SLOTY_APP_DATABASE_URL: must name another role")


def test_url_without_role_is_refused(empty_database: DatabaseUrls) -> None:
    said = refused(empty_database.owner_url, empty_database.app_url.replace("sloty_app@", ""))
    assert said.startswith("SLOTY_APP_DATABASE_URL: must name")


def test_superuser_is_not_the_services_role(empty_database: DatabaseUrls) -> None:
    said = refused(empty_database.owner_url, empty_database.superuser_url)
    assert said.startswith('SLOTY_APP_DATABASE_URL: role "postgres" can bypass')


def test_bypassing_role_is_not_the_services_role(empty_database: DatabaseUrls) -> None:
    with temporary_role(empty_database, "all_seeing") as app_url:
        administer(empty_database, "CREATE ROLE all_seeing LOGIN BYPASSRLS")
        said = refused(empty_database.owner_url, app_url)
    assert said.startswith('SLOTY_APP_DATABASE_URL: role "all_seeing" can bypass')


def test_missing_role_is_told_as_sql(empty_database: DatabaseUrls) -> None:
    app_url = empty_database.app_url.replace("sloty_app", "nobody%20yet:secret")
    said = refused(empty_database.owner_url, app_url)
    assert said.startswith('SLOTY_APP_DATABASE_URL: role "nobody yet" does not exist')
    assert 'CREATE ROLE "nobody yet" LOGIN NOSUPERUSER NOBYPASSRLS' in said
    assert "secret" not in said


def test_told_sql_makes_the_role(empty_database: DatabaseUrls) -> None:
    with temporary_role(empty_database, "made_by_hand") as app_url:
        administer(empty_database, refused(empty_database.owner_url, app_url).split("run: ")[1])
        migrate(empty_database.owner_url, app_url)


@pytest.mark.parametrize("name", ["made", 'made Ün%us%ual "role" o\'f'])
def test_role_is_made_where_allowed(empty_database: DatabaseUrls, name: str) -> None:
    with temporary_role(empty_database, name) as app_url:
        migrate(empty_database.superuser_url, app_url)
        services = Database(app_url)
        services.refuse_unsafe_role()
        services.dispose()


def test_awkward_password_is_kept(empty_database: DatabaseUrls) -> None:
    with temporary_role(empty_database, "guarded") as app_url:
        with_password = f"guarded:{quote(AWKWARD, safe='')}"
        migrate(empty_database.superuser_url, app_url.replace("guarded", with_password))
        with psycopg.connect(empty_database.superuser_url) as server:
            row = server.execute(
                "SELECT rolpassword FROM pg_authid WHERE rolname = 'guarded'"
            ).fetchone()
    assert row is not None
    assert row[0] == scram_verifier(AWKWARD, like=row[0])


def test_migration_may_be_repeated(database: DatabaseUrls) -> None:
    migrate(database.owner_url, database.app_url)
    migrate(database.owner_url, database.app_url)
    assert revision(database) == REVISION


def test_four_migrations_at_once_are_harmless(empty_database: DatabaseUrls) -> None:
    """Replicas of one deployment start together; one of them makes the role, one migrates."""
    with temporary_role(empty_database, "made_at_once") as app_url:
        running = [run(empty_database.superuser_url, app_url) for _ in range(4)]
        said = [process.communicate(timeout=60) for process in running]
    assert said == [(f"The database is at revision {REVISION}.\n", "")] * 4
    assert [process.returncode for process in running] == [0] * 4


def test_malformed_url_is_named(empty_database: DatabaseUrls) -> None:
    for urls in (("mysql://x", empty_database.app_url), (empty_database.owner_url, "x")):
        process = run(*urls)
        out, problems = process.communicate(timeout=60)
        bad = "SLOTY_DATABASE_URL" if urls[0] == "mysql://x" else "SLOTY_APP_DATABASE_URL"
        assert process.returncode != 0
        assert out == ""
        assert problems.splitlines() == [f"{bad}: must be a postgresql:// URL"]


def test_refusal_is_one_line_of_the_command(empty_database: DatabaseUrls) -> None:
    process = run(empty_database.owner_url, empty_database.superuser_url)
    _, problems = process.communicate(timeout=60)
    assert process.returncode == 1
    assert problems.count("\n") == 1
    assert problems.startswith("SLOTY_APP_DATABASE_URL: ")
