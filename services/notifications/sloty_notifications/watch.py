"""Starts a scan when beat does not: beat may be dead, and nothing else looks at the clock."""

import threading
from datetime import timedelta
from typing import Any

import structlog
from celery import bootsteps
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from sloty_notifications.queries import is_scanning
from sloty_notifications.settings import NotificationSettings
from sloty_shared.broker import (
    DISPATCH_QUEUE,
    DISPATCH_TASK,
    PUBLISHER_OPTIONS,
    connect,
    publish_task,
)
from sloty_shared.database import Database
from sloty_shared.settings import load

MISSED_TICKS = 2

log = structlog.get_logger()


class Watch(bootsteps.StartStopStep):  # type: ignore[misc]
    """A thread of the worker's main process, started after its pool.

    Its connections live for one look each, so that a child forked later inherits none in use.
    """

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, _parent: Any) -> None:
        self._thread = threading.Thread(
            target=self._run, args=(load(NotificationSettings),), name="watch", daemon=True
        )
        self._thread.start()

    def stop(self, _parent: Any) -> None:
        self._over.set()

    def _run(self, settings: NotificationSettings) -> None:
        while not self._over.wait(settings.reminder_tick_seconds):
            try:
                scan_if_nobody_does(settings)
            except (SQLAlchemyError, BrokerError, OSError) as problem:
                log.warning("watch_failed", problem=type(problem).__name__)


def scan_if_nobody_does(settings: NotificationSettings) -> bool:
    """Call for a scan when none has finished for two ticks; whether that was so."""
    silence = timedelta(seconds=settings.reminder_tick_seconds * MISSED_TICKS)
    database = Database(settings.app_database_url, pool_size=1, application="sloty-watch")
    try:
        with database.transaction() as session:
            if is_scanning(session, within=silence):
                return False
    finally:
        database.dispose()
    log.warning("no_scan_lately", seconds=silence.total_seconds())
    with connect(settings.broker_url, PUBLISHER_OPTIONS) as connection:
        publish_task(connection, DISPATCH_TASK, queue=DISPATCH_QUEUE)
    return True
