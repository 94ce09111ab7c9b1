"""The time that leases and due times are compared with: the database's own."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from sloty_shared.database import Database

Clock = Callable[[], datetime]


def database_clock(database: Database) -> Clock:
    """The database's time, read once and carried on by this machine's steady clock.

    Workers on several machines judge each other's leases, and their own clocks may disagree.
    """
    with database.transaction() as session:
        read = session.execute(select(func.clock_timestamp())).scalar_one()
    since = time.monotonic()

    def now() -> datetime:
        moment: datetime = read + timedelta(seconds=time.monotonic() - since)
        return moment

    return now
