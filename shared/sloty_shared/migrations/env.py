"""Runs Sloty's migrations as the role that owns the schema, on a connection handed in."""

from alembic import context
from sqlalchemy import text

from sloty_shared.models import Base

# A migration that cannot get its lock gives up rather than queue every request behind it.
LOCK_TIMEOUT = "4s"


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


run()
