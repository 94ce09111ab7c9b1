"""Brings a database to the present schema and gives the services' role what it needs, no more.

Run as `python -m sloty_shared.migrate` with SLOTY_DATABASE_URL and SLOTY_APP_DATABASE_URL.
"""

import sys

from alembic import command
from alembic.config import Config
from psycopg import sql
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from sloty_shared.revision import REVISION
from sloty_shared.settings import DatabaseUrl, load

MINIMUM_SERVER = 180_000
# One migration of a database at a time, from its first look to its last grant: roles and grants
# made at once refuse each other. The lock is held until the connection closes.
_TAKE_TURNS = text("SELECT pg_advisory_lock(7351019)")
_DOORS = text(
    "SELECT oid::regprocedure::text FROM pg_proc "
    "WHERE pronamespace = 'public'::regnamespace AND prosecdef"
)
# Of a role and of all that it is a member of: what those may, it may.
_POWERS_OF_ROLE = text(
    """
    SELECT bool_or(r.rolsuper OR r.rolbypassrls OR r.rolname = current_user) AS sees_all
    FROM pg_roles mine JOIN pg_roles r ON pg_has_role(mine.oid, r.oid, 'MEMBER')
    WHERE mine.rolname = :name GROUP BY mine.oid
    """
)
# Rights that differ from reading and writing everything: history is only ever added to.
RESTRICTED_TABLES = {
    "alembic_version": "SELECT",
    "audit_events": "SELECT, INSERT",
    "audit_seals": "SELECT, INSERT",
    "tenants": "SELECT, INSERT, UPDATE",
}


class MigrationRefused(Exception):
    """The database cannot be migrated; the message is one line for the operator."""


class MigrationSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SLOTY_", env_ignore_empty=True, extra="ignore")

    database_url: DatabaseUrl
    app_database_url: DatabaseUrl


def migrate(owner_url: str, app_url: str) -> None:
    """Upgrade the schema as its owner and grant the services' role its rights.

    Safe to repeat and to run twice at once. Raises MigrationRefused with one line.
    """
    app = make_url(app_url)
    engine = create_engine(owner_url, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            _refuse_unfit(connection, app)
            connection.execute(_TAKE_TURNS)
            _ensure_role(connection, app)
            connection.commit()
            upgrade(connection)
            connection.commit()
            _grant(connection, str(app.username))
            connection.commit()
        _try_services_role(app)
    except DBAPIError as problem:
        if _is_out_of_reach(problem):
            raise MigrationRefused(f"SLOTY_DATABASE_URL: {_first_line(problem)}") from problem
        raise MigrationRefused(f"The migration failed: {_first_line(problem)}") from problem
    finally:
        engine.dispose()


def upgrade(connection: Connection, revision: str = "head") -> None:
    command.upgrade(configuration(connection), revision)


def downgrade(connection: Connection, revision: str = "base") -> None:
    command.downgrade(configuration(connection), revision)


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations inside this package."""
    config = Config()
    config.set_main_option("script_location", "sloty_shared:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _refuse_unfit(connection: Connection, app: URL) -> None:
    version = int(connection.scalar(text("SHOW server_version_num")) or 0)
    if version < MINIMUM_SERVER:
        raise MigrationRefused(
            f"SLOTY_DATABASE_URL: PostgreSQL 18 or newer is needed, this is {version // 10_000}."
        )
    if not app.username:
        raise MigrationRefused("SLOTY_APP_DATABASE_URL: must name the services' role.")
    if app.username == connection.scalar(text("SELECT current_user")):
        raise MigrationRefused(
            "SLOTY_APP_DATABASE_URL: must name another role than SLOTY_DATABASE_URL: "
            "the services' role must not own the tables."
        )


def _ensure_role(connection: Connection, app: URL) -> None:
    role = connection.execute(_POWERS_OF_ROLE, {"name": app.username}).first()
    if role is None:
        _create_role(connection, app)
    elif role.sees_all:
        raise MigrationRefused(
            f'SLOTY_APP_DATABASE_URL: role "{app.username}" can bypass row-level security; '
            "it must be NOSUPERUSER NOBYPASSRLS, and a member of no role that is not."
        )


def _create_role(connection: Connection, app: URL) -> None:
    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS").format(
        sql.Identifier(str(app.username))
    )
    shown = statement.as_string()
    if app.password:
        statement = statement + sql.SQL(" PASSWORD {}").format(sql.Literal(str(app.password)))
        shown += " PASSWORD '…'"
    try:
        connection.exec_driver_sql(statement.as_string().replace("%", "%%"))
    except DBAPIError as problem:
        raise MigrationRefused(
            f'SLOTY_APP_DATABASE_URL: role "{app.username}" does not exist and may not be '
            f"created here. As an administrator run: {shown};"
        ) from problem


def _grant(connection: Connection, role: str) -> None:
    name = sql.Identifier(role).as_string().replace("%", "%%")
    database = sql.Identifier(str(connection.engine.url.database)).as_string().replace("%", "%%")
    statements = [
        f"GRANT CONNECT ON DATABASE {database} TO {name}",
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        *(f"GRANT EXECUTE ON FUNCTION {door} TO {name}" for door in connection.scalars(_DOORS)),
    ]
    for table, rights in RESTRICTED_TABLES.items():
        statements.append(f"REVOKE ALL ON {table} FROM {name}")
        statements.append(f"GRANT {rights} ON {table} TO {name}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def _try_services_role(app: URL) -> None:
    """The services must find this very schema by their own URL."""
    engine = create_engine(app, connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError as problem:
        raise MigrationRefused(f"SLOTY_APP_DATABASE_URL: {_first_line(problem)}") from problem
    finally:
        engine.dispose()
    if found != REVISION:
        raise MigrationRefused("SLOTY_APP_DATABASE_URL: names another database.")


def _is_out_of_reach(problem: DBAPIError) -> bool:
    """An error that no server has given a code is one of the connection."""
    return isinstance(problem, OperationalError) and problem.orig.sqlstate is None  # type: ignore[union-attr]


def _first_line(problem: DBAPIError) -> str:
    return str(problem.orig).strip().splitlines()[0]


def main() -> None:
    settings = load(MigrationSettings)
    try:
        migrate(settings.database_url, settings.app_database_url)
    except MigrationRefused as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(1) from problem
    sys.stdout.write(f"The database is at revision {REVISION}.\n")


if __name__ == "__main__":
    main()
