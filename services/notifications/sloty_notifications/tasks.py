"""The tasks: each takes next to nothing from its message, since the truth is in the database."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sloty_notifications.clock import database_clock
from sloty_notifications.deliver import deliver
from sloty_notifications.expire import (
    EXPIRE_REQUESTS_TASK,
    EXPIRE_TASK,
    expire_answers,
    expire_holds,
    expire_requests,
)
from sloty_notifications.plan import plan_reminders
from sloty_notifications.pulse import BREATHE_TASK, record_breath, record_scan
from sloty_notifications.remove_files import remove_files
from sloty_notifications.resources import resources
from sloty_notifications.round import Delivery
from sloty_notifications.seal import SEAL_TASK, seal_audit
from sloty_notifications.stopping import is_stopping
from sloty_notifications.waitlist.offer import offer_times
from sloty_shared.broker import (
    DISPATCH_QUEUE,
    DISPATCH_TASK,
    EMAIL_QUEUE,
    SMS_QUEUE,
    WEBHOOK_QUEUE,
)
from sloty_shared.models import Channel

DELIVER_TASK = "notifications.deliver"
QUEUE_OF = {
    Channel.EMAIL: EMAIL_QUEUE,
    Channel.SMS: SMS_QUEUE,
    Channel.WEBHOOK: WEBHOOK_QUEUE,
}
# A call that nobody took in this time is worth nothing: later ticks have made newer ones.
CALL_EXPIRES_SECONDS = 60

log = structlog.get_logger()


@contextmanager
def _outage_in_a_line() -> Iterator[None]:
    """Whatever was cut off is found again by a later run, so an outage is no error of this one."""
    try:
        yield
    except (OperationalError, PoolTimeoutError) as problem:
        log.warning("database_out_of_reach", problem=type(problem).__name__)


@shared_task(name=DISPATCH_TASK, bind=True)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def dispatch(self: Any) -> None:
    """Plan what is due, offer what has come free, call the channels' deliverers, leave a sign of life.

    They are called first too: what is owed already need not wait for the plan.
    """
    ours = resources()
    now = database_clock(ours.database)
    call_deliverers(ours.carriers)
    planned = plan_reminders(ours.database, now=now(), open_channels=ours.carriers)
    if offer_times(ours.database, now=now()) or planned.count:
        call_deliverers(ours.carriers)
    if planned.more:
        _call(DISPATCH_TASK, DISPATCH_QUEUE)
    record_scan(ours.database, self.request.hostname, now=now())


@shared_task(name=BREATHE_TASK, bind=True)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def breathe(self: Any) -> None:
    """Show that this worker takes tasks and reaches the database; each calls itself so."""
    ours = resources()
    record_breath(ours.database, self.request.hostname)


@shared_task(name=DELIVER_TASK)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def deliver_due(channel_name: str) -> None:
    """Send what is due on one channel."""
    ours = resources()
    channel = Channel(channel_name)
    deliver(
        Delivery(
            database=ours.database,
            channel=channel,
            carrier=ours.carriers[channel],
            stationery=ours.stationery,
            clock=database_clock(ours.database),
            lease=timedelta(seconds=ours.settings.lease_seconds),
            call_another=lambda: call_deliverers([channel]),
            is_stopping=is_stopping,
            tracer=ours.tracer,
        )
    )


@shared_task(name=SEAL_TASK)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def seal() -> None:
    """Give the audit's new events their places in each tenant's chain."""
    seal_audit(resources().database)


@shared_task(name=EXPIRE_TASK)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def expire() -> None:
    """Let go of answers kept for repeated requests, holds long over, and files that answer nothing."""
    ours = resources()
    expire_answers(ours.database)
    expire_holds(ours.database)
    now = database_clock(ours.database)
    remove_files(ours.database, ours.settings.files_url, now=now())


@shared_task(name=EXPIRE_REQUESTS_TASK)  # type: ignore[untyped-decorator]
@_outage_in_a_line()
def expire_unanswered() -> None:
    """Tell whoever waits for an approval that it will not come."""
    ours = resources()
    if expire_requests(ours.database, now=database_clock(ours.database)()):
        call_deliverers(ours.carriers)


def call_deliverers(channels: Iterable[Channel]) -> None:
    """Ask workers of these channels to look; without a broker the next tick does."""
    for channel in channels:
        _call(DELIVER_TASK, QUEUE_OF[channel], channel.value)


def _call(task: str, queue: str, *args: str) -> None:
    try:
        current_app.send_task(task, args=args, queue=queue, expires=CALL_EXPIRES_SECONDS)
    except BrokerError as problem:
        log.warning("call_lost", task=task, queue=queue, problem=type(problem).__name__)
