"""Whether a worker on this machine takes its tasks: python -m sloty_notifications.alive.

For health checks of containers: exits 0 when one does, else 1, with a line that says so.
"""

import socket
import sys
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from sloty_notifications.pulse import is_breathing
from sloty_notifications.settings import NotificationSettings
from sloty_shared.database import Database
from sloty_shared.settings import load


def check(settings: NotificationSettings, host: str) -> str | None:
    """What is wrong with the workers on `host`, in a line; None when one of them is alive."""
    database = Database(settings.app_database_url, pool_size=1, application="sloty-alive")
    within = timedelta(seconds=settings.stall_seconds)
    try:
        with database.transaction() as session:
            alive = is_breathing(session, host, within=within)
    except SQLAlchemyError as problem:
        return f"The database is out of reach ({type(problem).__name__})."
    finally:
        database.dispose()
    return (
        None if alive else f"No worker on {host} has taken a task for {settings.stall_seconds} s."
    )


def main() -> None:
    trouble = check(load(NotificationSettings), socket.gethostname())
    sys.stdout.write(f"{trouble or 'alive'}\n")
    raise SystemExit(trouble is not None)


if __name__ == "__main__":
    main()
