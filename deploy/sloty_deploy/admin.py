"""`./sloty admin create`: an administrator of the platform, in whichever database Sloty uses."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from sloty_booking.identity.actions import EmailTaken
from sloty_booking.platform.administrators import invite_administrator
from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_postgres import APP_ROLE, DATABASE, PORT, EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import APP_URL, OWNER_URL, SECRET_KEY, childrens_environment
from sloty_shared.database import Database
from sloty_shared.encryption import Encryption
from sloty_shared.migrate import MigrationSettings
from sloty_shared.settings import load


def create(data_directory: Path, email: str) -> None:
    """Make the administrator and print the token with which they choose a password.

    Raises Refusal for what is no e-mail address or belongs to a business, and without a database.
    """
    environment = childrens_environment()
    data = DataDirectory(data_directory)
    encryption = Encryption(_secret_key(environment, data))
    with _app_url(environment, data) as url:
        token = _invite(url, encryption, email)
    print(
        f"{email} is an administrator of the platform.\n"
        "Within seven days, once, this token chooses the password:\n\n"
        f"  {token}\n\n"
        'Send it to POST /v1/auth/password-reset/confirm as {"token": …, "password": …}.'
    )


def _invite(url: str, encryption: Encryption, email: str) -> str:
    database = Database(url, pool_size=1, application="sloty-admin")
    try:
        with database.transaction() as session:
            return invite_administrator(session, encryption, email, now=datetime.now(UTC))
    except (ValueError, EmailTaken) as problem:
        raise Refusal(str(problem)) from problem
    finally:
        database.dispose()


def _secret_key(environment: Mapping[str, str], data: DataDirectory) -> str:
    """The key that the services have, or nobody could use the token."""
    if SECRET_KEY in environment:
        return environment[SECRET_KEY]
    if not (data.path / "secret-key").exists():
        raise Refusal(f"{SECRET_KEY}: is required, as {data.path} holds no key")
    return data.secret_key()


@contextmanager
def _app_url(environment: Mapping[str, str], data: DataDirectory) -> Iterator[str]:
    """The database given by URL, or else the embedded one, running or started for this."""
    if OWNER_URL in environment or APP_URL in environment:
        yield load(MigrationSettings).app_database_url
        return
    running = _running_url(data)
    if running is not None:
        yield running
        return
    if not (data.path / "postgres").exists():
        raise Refusal(f"{data.path} holds no database; name another --data-dir")
    with data.held():
        cluster = EmbeddedPostgres(data.path / "postgres")
        with RunningProgram(cluster.prepare(), data.path / "postgres.log"):
            yield _with_driver(cluster.url(APP_ROLE))
        cluster.close()


def _running_url(data: DataDirectory) -> str | None:
    """Where `./sloty up` runs its PostgreSQL at this moment, if it does."""
    record = data.path / "postgres.socket"
    if not record.exists():
        return None
    url = f"postgresql://{APP_ROLE}@:{PORT}/{DATABASE}?host={record.read_text()}"
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return None
    return _with_driver(url)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)
