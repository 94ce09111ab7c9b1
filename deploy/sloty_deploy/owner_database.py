"""The database as its owner reaches it: given by URL, run by `./sloty up` now, or started for this."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_postgres import DATABASE, OWNER_ROLE, PORT, EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import APP_URL, OWNER_URL, childrens_environment
from sloty_shared.migrate import MigrationSettings
from sloty_shared.settings import load

CONNECT_TIMEOUT_SECONDS = 2


@contextmanager
def owner_url(data_directory: Path) -> Iterator[str]:
    """Its URL. Raises Refusal where the data directory holds no database."""
    environment = childrens_environment()
    if OWNER_URL in environment or APP_URL in environment:
        yield load(MigrationSettings).database_url
        return
    data = DataDirectory(data_directory)
    if not (data.path / "postgres").exists():
        raise Refusal(f"{data.path} holds no database; name another --data-dir")
    running = _running_url(data)
    if running is not None:
        yield running
        return
    with data.held():
        cluster = EmbeddedPostgres(data.path / "postgres")
        with RunningProgram(cluster.prepare(), data.path / "postgres.log"):
            yield cluster.url(OWNER_ROLE)
        cluster.close()


def _running_url(data: DataDirectory) -> str | None:
    """Where `./sloty up` runs its PostgreSQL at this moment, if it does."""
    record = data.path / "postgres.socket"
    if not record.exists():
        return None
    url = f"postgresql://{OWNER_ROLE}@:{PORT}/{DATABASE}?host={record.read_text()}"
    try:
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.OperationalError:
        return None
    return url
