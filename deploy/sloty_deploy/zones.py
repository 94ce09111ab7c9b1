"""`./sloty zones check`: what a change of the rules of time zones does to what is booked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.embedded_postgres import OWNER_ROLE, EmbeddedPostgres
from sloty_deploy.program import RunningProgram
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import APP_URL, OWNER_URL, childrens_environment
from sloty_shared.migrate import MigrationSettings
from sloty_shared.settings import load
from sloty_shared.zone_rules import CannotLook, report_moves


def check(data_directory: Path) -> bool:
    """Print what moved, and return whether nothing did. Raises Refusal without a database."""
    with _owner_url(data_directory) as url:
        try:
            found = report_moves(url)
        except CannotLook as problem:
            raise Refusal(f"{OWNER_URL}: {problem}") from problem
    print(f"Rules of time zones in PostgreSQL and Python: {found.rules}")
    for moved in found.moved:
        print(
            f"appointment {moved.appointment_id} of tenant {moved.tenant_id}:"
            f" booked for {moved.as_booked}, now {moved.as_read_now}"
        )
    print(f"Future appointments whose wall time moved: {len(found.moved)}")
    if found.untold:
        print(f"Future appointments that keep no wall time to compare with: {found.untold}")
    return not found.moved


@contextmanager
def _owner_url(data_directory: Path) -> Iterator[str]:
    """The database given by URL, or else the embedded one, as the owner who sees every tenant."""
    environment = childrens_environment()
    if OWNER_URL in environment or APP_URL in environment:
        yield load(MigrationSettings).database_url
        return
    data = DataDirectory(data_directory)
    if not (data.path / "postgres").exists():
        raise Refusal(f"{data.path} holds no database; name another --data-dir")
    with data.held():
        cluster = EmbeddedPostgres(data.path / "postgres")
        with RunningProgram(cluster.prepare(), data.path / "postgres.log"):
            yield cluster.url(OWNER_ROLE)
        cluster.close()
