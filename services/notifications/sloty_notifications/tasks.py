"""The tasks: each takes next to nothing from its message, since the truth is in the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app, shared_task
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sloty_notifications.clock import database_clock
from sloty_notifications.deliver import Delivery, deliver
from sloty_notifications.expire import EXPIRE_TASK, expire_answers
from sloty_notifications.plan import plan_reminders
from sloty_notifications.pulse import record_pulse
from sloty_notifications.resources import resources
from sloty_notifications.seal import SEAL_TASK, seal_audit
from sloty_notifications.stopping import is_stopping
from sloty_shared.broker import DISPATCH_TASK, EMAIL_QUEUE, SMS_QUEUE, WEBHOOK_QUEUE
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
    """Plan what is due, call the channels' deliverers, and leave a sign of life."""
    ours = resources()
    now = database_clock(ours.database)
    plan_reminders(ours.database, now=now(), open_channels=ours.carriers)
    for channel in ours.carriers:
        call_deliverer(channel)
    record_pulse(ours.database, self.request.hostname, now=now())


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
            sender=ours.settings.sender,
            proofs=ours.proofs,
            clock=database_clock(ours.database),
            lease=timedelta(seconds=ours.settings.lease_seconds),
            call_another=lambda: call_deliverer(channel),
            is_stopping=is_stopping,
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
    """Let go of answers that were kept for repeated requests."""
    expire_answers(resources().database)


def call_deliverer(channel: Channel) -> None:
    """Ask a worker of the channel to look; without a broker the next tick does."""
    try:
        current_app.send_task(
            DELIVER_TASK,
            args=[channel.value],
            queue=QUEUE_OF[channel],
            expires=CALL_EXPIRES_SECONDS,
        )
    except BrokerError as problem:
        log.warning("call_lost", channel=channel.value, problem=type(problem).__name__)
