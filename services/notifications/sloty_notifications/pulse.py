"""The sign of life that each worker leaves in the database when it has finished a scan."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from sloty_shared.database import Database
from sloty_shared.models import Pulse

# Workers whose names never come back are forgotten after this.
REMEMBERED = timedelta(days=1)


def record_pulse(database: Database, worker: str, *, now: datetime) -> None:
    """Note that `worker` finished a scan at `now`."""
    mine = insert(Pulse).values(worker=worker, scanned_at=now)
    with database.transaction() as session:
        session.execute(
            mine.on_conflict_do_update(index_elements=["worker"], set_={"scanned_at": now})
        )
        session.execute(delete(Pulse).where(Pulse.scanned_at < now - REMEMBERED))
