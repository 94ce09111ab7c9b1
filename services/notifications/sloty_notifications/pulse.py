"""The signs of life that each worker leaves in the database: a scan it finished, a task it took."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from sloty_shared.database import Database
from sloty_shared.models import Pulse

# Each worker sends itself this task: who takes it consumes, works and reaches the database.
BREATHE_TASK = "notifications.breathe"
# Workers whose names never come back are forgotten after this.
REMEMBERED = timedelta(days=1)


def record_scan(database: Database, worker: str, *, now: datetime) -> None:
    """Note that `worker` finished a scan at `now`."""
    mine = insert(Pulse).values(worker=worker, scanned_at=now)
    with database.transaction() as session:
        session.execute(
            mine.on_conflict_do_update(index_elements=["worker"], set_={"scanned_at": now})
        )
        forgotten = now - REMEMBERED
        session.execute(
            delete(Pulse).where(
                or_(Pulse.scanned_at.is_(None), Pulse.scanned_at < forgotten),
                or_(Pulse.breathed_at.is_(None), Pulse.breathed_at < forgotten),
            )
        )


def record_breath(database: Database, worker: str) -> None:
    """Note that `worker` took a task now."""
    now = func.clock_timestamp()
    mine = insert(Pulse).values(worker=worker, breathed_at=now)
    with database.transaction() as session:
        session.execute(
            mine.on_conflict_do_update(index_elements=["worker"], set_={"breathed_at": now})
        )


def is_scanning(session: Session, *, within: timedelta) -> bool:
    """Whether any worker has finished a scan lately, by the database's clock."""
    newest = select(func.max(Pulse.scanned_at)).scalar_subquery()
    return bool(session.scalar(select(newest > func.clock_timestamp() - within)))


def last_breath(session: Session, worker: str) -> datetime | None:
    """When this worker last took a task."""
    return session.scalar(select(Pulse.breathed_at).where(Pulse.worker == worker))


def is_breathing(session: Session, host: str, *, within: timedelta) -> bool:
    """Whether a worker on this host has taken a task lately, by the database's clock."""
    newest = (
        select(func.max(Pulse.breathed_at))
        .where(func.split_part(Pulse.worker, "@", 2) == host)
        .scalar_subquery()
    )
    return bool(session.scalar(select(newest > func.clock_timestamp() - within)))
