"""The worker and beat: celery -A sloty_notifications.worker worker | beat."""

import logging
import sys
import warnings
from typing import Any, NoReturn

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import (
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutting_down,
)
from kombu.transport.virtual import QoS

from sloty_notifications.expire import EXPIRE_REQUESTS_TASK, EXPIRE_TASK
from sloty_notifications.metrics import MetricsServer
from sloty_notifications.resources import close_resources
from sloty_notifications.seal import SEAL_TASK
from sloty_notifications.settings import NotificationSettings
from sloty_notifications.stopping import announce_stop
from sloty_notifications.watch import Watch
from sloty_shared.broker import (
    DISPATCH_QUEUE,
    DISPATCH_TASK,
    QUEUES,
    TRANSPORT_OPTIONS,
    broker_address,
    transport,
)
from sloty_shared.database import Database, UnsafeRole
from sloty_shared.garbage import leave_to_itself
from sloty_shared.logging import configure_logging
from sloty_shared.readiness import check_database
from sloty_shared.settings import load

EXPIRE_EVERY_SECONDS = 60
_CHATTY_LOGGERS = ("celery.worker.strategy", "celery.app.trace", "celery.beat")


def _configuration(settings: NotificationSettings) -> dict[str, Any]:
    tick = settings.reminder_tick_seconds
    return {
        "broker_url": broker_address(settings.broker_url),
        "broker_transport_options": transport(settings.broker_url, TRANSPORT_OPTIONS),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_pool_acquire_timeout": 2,
        "task_queues": QUEUES,
        "task_default_queue": DISPATCH_QUEUE,
        "task_publish_retry_policy": {
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        # The lease in the row brings work back; a redelivered message could only repeat it.
        "task_acks_late": False,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        # The mail server's time-out < these < the lease of a message.
        "task_soft_time_limit": 20,
        "task_time_limit": 30,
        "worker_prefetch_multiplier": 1,
        # A queue of its own for each worker, by which it shows that it takes tasks.
        "worker_direct": True,
        # A busy machine may need long to start a child.
        "worker_proc_alive_timeout": 20,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 300_000,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "timezone": "UTC",
        # In memory: a tick has no past worth keeping, and any folder to run in will do.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": min(tick, 5),
        "beat_schedule": _schedule(tick),
    }


def _schedule(tick: float) -> dict[str, Any]:
    """What beat calls, and how often in seconds."""
    return {
        "look-for-what-is-due": {
            "task": DISPATCH_TASK,
            "schedule": tick,
            "options": {"queue": DISPATCH_QUEUE, "expires": 2 * tick},
        },
        "seal-the-audit": {
            "task": SEAL_TASK,
            "schedule": tick,
            "options": {"queue": DISPATCH_QUEUE, "expires": 2 * tick},
        },
        "let-go-of-what-expired": {
            "task": EXPIRE_TASK,
            "schedule": EXPIRE_EVERY_SECONDS,
            "options": {"queue": DISPATCH_QUEUE, "expires": EXPIRE_EVERY_SECONDS},
        },
        "let-requests-expire": {
            "task": EXPIRE_REQUESTS_TASK,
            "schedule": tick,
            "options": {"queue": DISPATCH_QUEUE, "expires": 2 * tick},
        },
    }


def _set_up_logging(**_: Any) -> None:
    configure_logging("notifications")
    for name in _CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def _refuse_unfit_database(**_: Any) -> None:
    """End the worker with one line when it could not do its work, or could see too much.

    The connection is closed before the pool forks.
    """
    database = Database(settings.app_database_url, pool_size=1, application="sloty-notifications")
    try:
        found = check_database(database)
        if found != "ok":
            _refuse(f"SLOTY_APP_DATABASE_URL: the database is {found}.")
        database.refuse_unsafe_role()
    except UnsafeRole as problem:
        _refuse(str(problem))
    finally:
        database.dispose()


def _begin_child(**_: Any) -> None:
    leave_to_itself()


def _refuse(line: str) -> NoReturn:
    sys.stderr.write(line + "\n")
    raise SystemExit(1)


# As root Celery warns of messages that carry code; ours carry JSON, and there is no result.
warnings.filterwarnings("ignore", category=SecurityWarning)
# Celery 5.7.0 ends itself when it gives a message back to a broker that is gone; ours are worth
# nothing by then, so none is given back.
QoS.restore_at_shutdown = False
settings = load(NotificationSettings)
app = Celery("sloty_notifications", include=["sloty_notifications.tasks"])
app.conf.update(_configuration(settings))
app.steps["worker"].add(Watch)
app.steps["worker"].add(MetricsServer)
setup_logging.connect(_set_up_logging)
worker_init.connect(_refuse_unfit_database)
worker_shutting_down.connect(announce_stop)
worker_process_init.connect(_begin_child)
worker_process_shutdown.connect(close_resources)
