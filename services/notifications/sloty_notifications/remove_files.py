"""Removing files that nobody attached, or that were deleted: first the object, then its row.

A row that this has doomed can be attached no more, so no object goes that anything refers to; and
the row goes last, so that whatever is cut off in between is found again.
"""

import time
from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text, update

from sloty_shared.database import Database
from sloty_shared.errors import Unavailable
from sloty_shared.file_store import file_store, object_key
from sloty_shared.models import File, FileStatus

BATCH = 200
# With one last call of a slow store this stays below the task's soft limit.
LONGEST_SECONDS = 3.0
TRIED_AGAIN_AFTER = timedelta(minutes=5)

_EXPIRED = text("SELECT tenant_id, file_id FROM expired_files(:moment, :batch)")


def remove_files(database: Database, files_url: str | None, *, now: datetime) -> int:
    """Remove what has expired, some at a time; how many. Runs at once do no harm.

    A store out of reach is tried again by a later run.
    """
    if files_url is None:
        return 0
    removed, stop_at = 0, time.monotonic() + LONGEST_SECONDS
    for tenant_id, file_ids in _expired(database, now).items():
        for file_id in _doom(database, tenant_id, file_ids, now):
            if time.monotonic() > stop_at:
                return removed
            try:
                file_store(files_url).delete(object_key(tenant_id, file_id))
            except Unavailable:
                # The store has said why in the log; what it cannot delete holds up nothing else.
                _postpone(database, tenant_id, file_id, now)
                return removed
            _delete_row(database, tenant_id, file_id)
            removed += 1
    return removed


def _expired(database: Database, now: datetime) -> dict[UUID, list[UUID]]:
    """By tenant, the longest expired first."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    with database.transaction() as session:
        for row in session.execute(_EXPIRED, {"moment": now, "batch": BATCH}):
            found[row.tenant_id].append(row.file_id)
    return found


def _doom(database: Database, tenant_id: UUID, file_ids: list[UUID], now: datetime) -> list[UUID]:
    """Those that still have expired, which from here on nobody attaches or sees."""
    with database.transaction(tenant_id) as session:
        expired = session.scalars(
            select(File)
            .where(File.id.in_(file_ids), File.expires_at <= now)
            .order_by(File.id)
            .with_for_update(skip_locked=True)
        ).all()
        for file in expired:
            if file.status is not FileStatus.DOOMED:
                file.doom(now)
        return [file.id for file in expired]


def _postpone(database: Database, tenant_id: UUID, file_id: UUID, now: datetime) -> None:
    with database.transaction(tenant_id) as session:
        session.execute(
            update(File).where(File.id == file_id).values(expires_at=now + TRIED_AGAIN_AFTER)
        )


def _delete_row(database: Database, tenant_id: UUID, file_id: UUID) -> None:
    with database.transaction(tenant_id) as session:
        session.execute(delete(File).where(File.id == file_id, File.status == FileStatus.DOOMED))
