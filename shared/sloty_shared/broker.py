"""The broker's exchange, queues and wake-up, declared once for publishers and workers.

A wake-up carries no truth: it only spares the wait for the next tick, and may be lost.
"""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from kombu import Connection, Exchange, Queue
from kombu.exceptions import OperationalError

DISPATCH_QUEUE = "notifications.dispatch"
EMAIL_QUEUE = "notifications.email"
SMS_QUEUE = "notifications.sms"
WEBHOOK_QUEUE = "notifications.webhook"
DISPATCH_TASK = "notifications.dispatch"

EXCHANGE = Exchange("notifications", type="direct")
QUEUES = tuple(
    Queue(name, EXCHANGE, routing_key=name)
    for name in (DISPATCH_QUEUE, EMAIL_QUEUE, SMS_QUEUE, WEBHOOK_QUEUE)
)

# A frozen broker must not hang anybody: without these, publishing waits for ever.
TRANSPORT_OPTIONS: dict[str, Any] = {
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
    "socket_keepalive": True,
    "health_check_interval": 10,
    # Nobody keeps account of messages taken: one that is lost is made anew by the next tick.
    "ack_emulation": False,
}
PUBLISHER_OPTIONS: dict[str, Any] = {
    **TRANSPORT_OPTIONS,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
}
# Wake-ups of one burst of bookings become one message.
COALESCE_SECONDS = 0.1
CALL_LIFETIME = timedelta(seconds=60)
DEFAULT_MASTER = "mymaster"

log = structlog.get_logger()


class BrokerOutOfReach(Exception):
    """The broker cannot be connected to, or the connection to it broke."""


class WakeUps:
    """Tells the workers, from a thread of its own, that something is due.

    `ring` never blocks and never fails, so a broker that is down or frozen costs a request nothing.
    The connection is kept: opening one costs as much as answering a request.
    """

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._connection: Connection | None = None
        self._changed = threading.Event()
        self._owed = False
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
        self._thread.start()

    def ring(self) -> None:
        self._owed = True
        self._changed.set()

    def close(self) -> None:
        """Publish what is still to be published and end the thread."""
        self._closing = True
        self._changed.set()
        self._thread.join(timeout=3)

    def _run(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            closing = self._closing
            if self._owed:
                self._owed = False
                self._publish()
            if closing:
                self._hang_up()
                return
            time.sleep(COALESCE_SECONDS)

    def _publish(self) -> None:
        """Publish over the connection that was kept, and over another if that one has died."""
        was_kept = self._connection is not None
        try:
            if self._connection is None:
                self._connection = _connection(self._broker_url, PUBLISHER_OPTIONS)
            publish_task(self._connection, DISPATCH_TASK, queue=DISPATCH_QUEUE)
        except Exception as problem:  # noqa: BLE001 - Whatever it was, the next ring must be heard.
            self._hang_up()
            if was_kept:
                self._publish()
            else:
                log.warning("wake_up_lost", problem=type(problem).__name__)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.release()


@contextmanager
def connect(broker_url: str, options: Mapping[str, Any]) -> Iterator[Connection]:
    """A connection that is opened on first use. Raise BrokerOutOfReach when that or a use fails."""
    with _connection(broker_url, options) as connection:
        # The client library's own errors are neither kombu's nor the operating system's.
        out_of_reach = (OperationalError, OSError, *connection.connection_errors)
        try:
            yield connection
        except out_of_reach as problem:
            raise BrokerOutOfReach(type(problem).__name__) from problem


def _connection(broker_url: str, options: Mapping[str, Any]) -> Connection:
    return Connection(broker_address(broker_url), transport_options=transport(broker_url, options))


def broker_address(broker_url: str) -> str:
    """The URL without `master_name`, which kombu wants among its options."""
    return re.sub(r"[?&]master_name=[^&;]*", "", broker_url)


def transport(broker_url: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options, with the name of the master that Sentinels watch (`?master_name=`)."""
    if not broker_url.startswith("sentinel://"):
        return dict(options)
    named = re.search(r"[?&]master_name=([^&;]*)", broker_url)
    return {**options, "master_name": named[1] if named else DEFAULT_MASTER}


def publish_task(
    connection: Connection, task: str, *, queue: str, args: tuple[Any, ...] = ()
) -> None:
    """Put a call of a Celery task, addressed by name, on a queue (Celery's message protocol 2)."""
    task_id = str(uuid.uuid4())
    connection.Producer().publish(
        [list(args), {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}],
        # Straight into the queue, as Celery does it: bindings are gone when the broker was emptied.
        exchange="",
        routing_key=queue,
        serializer="json",
        headers={
            "lang": "py",
            "task": task,
            "id": task_id,
            "root_id": task_id,
            # What nobody took in this time is worth nothing: the ticks have made newer ones.
            "expires": (datetime.now(UTC) + CALL_LIFETIME).isoformat(),
        },
        correlation_id=task_id,
        retry=False,
    )
