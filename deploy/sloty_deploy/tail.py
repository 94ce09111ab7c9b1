"""`./sloty notifications tail`: each message as it is owed, sent, skipped or put off, live."""

import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sloty_deploy.owner_database import owner_url
from sloty_deploy.refusal import Refusal

EVERY_SECONDS = 1.0
FIRST_SHOWN = 20
MOST_AT_ONCE = 1000
# A change is dated by when its transaction began, so one that took long shows up behind others.
_QUERY = """
    SELECT n.id, n.version, n.updated_at, t.slug, n.kind, n.channel, n.recipient, n.status,
           n.attempts, n.reason
    FROM notifications n JOIN tenants t ON t.id = n.tenant_id
    WHERE n.status <> 'SENDING' AND n.updated_at >= now() - make_interval(secs => %(seconds)s)
    ORDER BY n.updated_at DESC LIMIT %(most)s
"""
_RECENT_SECONDS, _EVER_SECONDS = 15.0, 86_400.0 * 365


def tail(data_directory: Path) -> None:
    """Print the latest changes and then each new one, until interrupted. Raises Refusal."""
    with owner_url(data_directory) as url:
        try:
            with psycopg.connect(
                url.replace("postgresql+psycopg://", "postgresql://"),
                autocommit=True,
                row_factory=dict_row,
            ) as connection:
                _follow(connection)
        except psycopg.OperationalError as problem:
            raise Refusal("The database is out of reach.") from problem
        except KeyboardInterrupt:
            return


def _follow(connection: psycopg.Connection[dict[str, Any]]) -> None:
    shown: set[tuple[Any, int]] = set()
    seconds, most = _EVER_SECONDS, FIRST_SHOWN
    while True:
        rows = connection.execute(_QUERY, {"seconds": seconds, "most": most}).fetchall()
        for row in reversed(rows):
            if (row["id"], row["version"]) not in shown:
                sys.stdout.write(_line(row) + "\n")
        sys.stdout.flush()
        shown = {(row["id"], row["version"]) for row in rows}
        seconds, most = _RECENT_SECONDS, MOST_AT_ONCE
        time.sleep(EVERY_SECONDS)


def _line(row: dict[str, Any]) -> str:
    said = f"  {row['reason']}" if row["reason"] else ""
    tries = f" (attempt {row['attempts']})" if row["attempts"] > 1 else ""
    return (
        f"{row['updated_at']:%Y-%m-%d %H:%M:%S}  {row['slug']}  {row['status']}{tries}  "
        f"{row['kind']} by {row['channel']} to {row['recipient']}{said}"
    )
