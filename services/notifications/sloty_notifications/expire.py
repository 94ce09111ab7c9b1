"""Letting go of what is kept for a time only: answers under idempotency keys that have expired."""

import time

from sqlalchemy import text

from sloty_shared.database import Database

EXPIRE_TASK = "notifications.expire_answers"
BATCH = 1000
LONGEST_SECONDS = 8.0

_EXPIRE = text("SELECT count(*) FROM expire_idempotency_keys(:batch)")


def expire_answers(database: Database) -> int:
    """Delete kept answers past their time, some at a time; how many. Runs at once share them."""
    stop_at = time.monotonic() + LONGEST_SECONDS
    expired = 0
    while time.monotonic() < stop_at:
        with database.transaction() as session:
            done = session.scalars(_EXPIRE, {"batch": BATCH}).one()
        expired += done
        if done < BATCH:
            break
    return expired
