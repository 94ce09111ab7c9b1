"""Letting go of what has had its time: kept answers, holds, and requests that nobody has approved."""

import time
from datetime import datetime

from sqlalchemy import TextClause, text

from sloty_shared.approvals import expire_request
from sloty_shared.database import Database

EXPIRE_TASK = "notifications.expire_answers"
EXPIRE_REQUESTS_TASK = "notifications.expire_requests"
BATCH = 1000
REQUESTS_AT_ONCE = 100
# With the removal of files after them, two runs of batches stay below the soft limit of one task.
LONGEST_BATCHES_SECONDS = 4.0
LONGEST_SECONDS = 8.0

_EXPIRED_REQUESTS = text("SELECT tenant_id, appointment_id FROM expired_requests(:now, :batch)")
_EXPIRE_ANSWERS = text("SELECT count(*) FROM expire_idempotency_keys(:batch)")
_EXPIRE_HOLDS = text("SELECT count(*) FROM expire_holds(:batch)")


def expire_answers(database: Database) -> int:
    """Delete kept answers past their time; how many."""
    return _in_batches(database, _EXPIRE_ANSWERS)


def expire_holds(database: Database) -> int:
    """Delete holds that expired more than an hour ago; how many.

    They are in nobody's way: whoever wants the time deletes them. These are those whose time nobody
    has wanted.
    """
    return _in_batches(database, _EXPIRE_HOLDS)


def _in_batches(database: Database, expire: TextClause) -> int:
    """Some at a time, in short transactions; runs at once share what there is."""
    stop_at = time.monotonic() + LONGEST_BATCHES_SECONDS
    expired = 0
    while time.monotonic() < stop_at:
        with database.transaction() as session:
            done = session.scalars(expire, {"batch": BATCH}).one()
        expired += done
        if done < BATCH:
            break
    return expired


def expire_requests(database: Database, *, now: datetime) -> int:
    """Cancel the requests whose time for an answer is over, one transaction each; how many.

    Runs at once leave each other's alone.
    """
    stop_at = time.monotonic() + LONGEST_SECONDS
    with database.transaction() as session:
        values = {"now": now, "batch": REQUESTS_AT_ONCE}
        due = session.execute(_EXPIRED_REQUESTS, values).all()
    expired = 0
    for tenant_id, appointment_id in due:
        if time.monotonic() >= stop_at:
            break
        with database.transaction(tenant_id) as session:
            expired += expire_request(session, appointment_id, now)
    return expired
