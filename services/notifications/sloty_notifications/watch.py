"""Watches the worker from its own main process: that somebody scans, and that it takes tasks."""

import os
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import Celery, bootsteps
from celery.utils.nodenames import worker_direct
from sqlalchemy.exc import SQLAlchemyError

from sloty_notifications.pulse import BREATHE_TASK, is_scanning, last_breath
from sloty_notifications.settings import NotificationSettings
from sloty_shared.broker import (
    DISPATCH_QUEUE,
    DISPATCH_TASK,
    PUBLISHER_OPTIONS,
    BrokerOutOfReach,
    connect,
    publish_task,
)
from sloty_shared.database import Database
from sloty_shared.settings import load

MISSED_TICKS = 2
STALLED = 70

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

    def start(self, parent: Any) -> None:
        settings = load(NotificationSettings)
        self._thread = threading.Thread(
            target=self._run,
            args=(settings, Breathing(parent.app, parent.hostname, settings)),
            name="watch",
            daemon=True,
        )
        self._thread.start()

    def stop(self, _parent: Any) -> None:
        self._over.set()

    def _run(self, settings: NotificationSettings, breathing: "Breathing") -> None:
        while not self._over.wait(settings.reminder_tick_seconds):
            try:
                scan_if_nobody_does(settings)
                breathing.look()
            except (SQLAlchemyError, BrokerOutOfReach) as problem:
                breathing.excuse()
                log.warning("watch_failed", problem=type(problem).__name__)
            except Exception:
                # Nothing may end the watch unseen, and nothing else excuses a worker.
                log.exception("watch_failed")
            if breathing.has_stopped and not self._over.is_set():
                log.error("worker_stalled", seconds=settings.stall_seconds)
                # A worker in this state may not heed a signal; whoever started it starts another.
                os._exit(STALLED)


class Breathing:
    """Whether this worker takes the tasks that it sends itself.

    A database or broker out of reach excuses it: they alone may be why nothing is taken.
    """

    def __init__(self, app: Celery, worker: str, settings: NotificationSettings) -> None:
        self._app = app
        self._worker = worker
        self._settings = settings
        self._last: datetime | None = None
        self._well_at = time.monotonic()

    @property
    def has_stopped(self) -> bool:
        return time.monotonic() - self._well_at > self._settings.stall_seconds

    def excuse(self) -> None:
        self._well_at = time.monotonic()

    def look(self) -> None:
        """Note whether the last call was taken, and send another one."""
        seen = self._seen()
        if seen != self._last:
            self._last = seen
            self._well_at = time.monotonic()
        with connect(self._settings.broker_url, PUBLISHER_OPTIONS) as connection:
            self._app.send_task(
                BREATHE_TASK,
                queue=worker_direct(self._worker),
                connection=connection,
                expires=self._settings.stall_seconds,
            )

    def _seen(self) -> datetime | None:
        database = Database(self._settings.app_database_url, pool_size=1, application="sloty-watch")
        try:
            with database.transaction() as session:
                return last_breath(session, self._worker)
        finally:
            database.dispose()


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
