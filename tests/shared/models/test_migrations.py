"""Models and migrations say the same, and every migration goes up, down and up again."""

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from psycopg.rows import dict_row
from sqlalchemy import create_engine, text

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.migrate import configuration, downgrade, migrate, upgrade
from sloty_shared.models import Base
from sloty_shared.revision import REVISION

from . import catalog
from .one_of_everything import fill

SCRIPTS = ScriptDirectory.from_config(configuration())
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def test_history_has_one_head_that_the_code_names() -> None:
    assert SCRIPTS.get_heads() == [REVISION]


def test_alembic_sees_no_difference(database: DatabaseUrls) -> None:
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        command.check(configuration(connection))
    engine.dispose()


@pytest.mark.parametrize("look", [catalog.columns, catalog.constraints, catalog.indexes])
def test_models_make_what_migrations_make(
    database: DatabaseUrls, empty_database: DatabaseUrls, look: catalog.Look
) -> None:
    engine = create_engine(empty_database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION btree_gist"))
        Base.metadata.create_all(connection)
    engine.dispose()
    with (
        psycopg.connect(database.owner_url) as migrated,
        psycopg.connect(empty_database.owner_url) as modelled,
    ):
        assert look(migrated) == look(modelled)


def test_migrations_go_up_down_and_up(database: DatabaseUrls, empty_database: DatabaseUrls) -> None:
    engine = create_engine(empty_database.owner_url)
    with engine.connect() as connection:
        for revision in REVISIONS:
            upgrade(connection, revision)
            downgrade(connection, "-1")
            upgrade(connection, revision)
            connection.commit()
    engine.dispose()
    with (
        psycopg.connect(database.owner_url) as straight,
        psycopg.connect(empty_database.owner_url) as roundabout,
    ):
        for look in (catalog.columns, catalog.constraints, catalog.indexes, catalog.triggers):
            assert look(straight) == look(roundabout)
        assert catalog.policies(straight) == catalog.policies(roundabout)
        assert catalog.functions(straight) == catalog.functions(roundabout)


def test_filled_database_goes_down_and_up(database: DatabaseUrls) -> None:
    fill_two_tenants(database)
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        downgrade(connection)
        connection.commit()
        with psycopg.connect(database.owner_url) as owner:
            assert catalog.tables(owner) == set()
            assert catalog.functions(owner) == set()
        upgrade(connection)
        connection.commit()
    engine.dispose()
    migrate(database.owner_url, database.app_url)
    fill_two_tenants(database)


def fill_two_tenants(database: DatabaseUrls) -> None:
    with psycopg.connect(database.app_url, row_factory=dict_row) as connection:
        fill(connection, "one")
        fill(connection, "other")
