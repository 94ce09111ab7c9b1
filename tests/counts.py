"""What PostgreSQL counts: a connection hands its counts in when it ends, and not surely before."""

import time
from typing import Any

import psycopg

_NO_OTHER_CONNECTION = """
    SELECT count(*) = 0 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def wait_until_told(connection: psycopg.Connection[Any]) -> None:
    """Until every other connection to its database has ended; `connection` commits by itself."""
    while connection.execute(_NO_OTHER_CONNECTION).fetchone() != (True,):
        time.sleep(0.01)
