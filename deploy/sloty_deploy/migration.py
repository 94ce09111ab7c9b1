"""`./sloty migrate`: the schema of the database given by URL, or of the embedded one."""

import contextlib
from pathlib import Path

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_postgres import APP_ROLE, OWNER_ROLE, EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import APP_URL, OWNER_URL, childrens_environment
from sloty_shared.migrate import MigrationRefused, MigrationSettings
from sloty_shared.migrate import migrate as migrate_database
from sloty_shared.revision import REVISION
from sloty_shared.settings import load


def migrate(data_directory: Path) -> None:
    """Migrate and say so. Raises Refusal when the database is out of reach or unfit."""
    environment = childrens_environment()
    if OWNER_URL in environment or APP_URL in environment:
        settings = load(MigrationSettings)
        _migrate(settings.database_url, settings.app_database_url)
        return
    data = DataDirectory(data_directory)
    with (
        data.held(),
        contextlib.closing(EmbeddedPostgres(data.path / "postgres")) as cluster,
        RunningProgram(cluster.prepare(), data.path / "postgres.log"),
    ):
        _migrate(cluster.url(OWNER_ROLE), cluster.url(APP_ROLE))


def _migrate(owner_url: str, app_url: str) -> None:
    try:
        migrate_database(owner_url, app_url)
    except MigrationRefused as problem:
        raise Refusal(str(problem)) from problem
    print(f"The database is at revision {REVISION}.")
