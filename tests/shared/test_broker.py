"""Wake-ups: what is rung arrives, whatever became of the broker since the last time."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from sloty_deploy.scratch import ScratchBroker, scratch_broker
from sloty_deploy.waiting import wait_for
from sloty_shared.broker import DISPATCH_QUEUE, BrokerOutOfReach, WakeUps, connect

PROMPTLY_SECONDS = 10.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ScratchBroker]:
    with scratch_broker(tmp_path) as running:
        yield running


@pytest.fixture
def wake_ups(broker: ScratchBroker) -> Iterator[WakeUps]:
    rings = WakeUps(broker.url)
    yield rings
    rings.close()


def take(broker: ScratchBroker) -> None:
    """Wait for a wake-up, and leave none."""
    with redis.Redis.from_url(broker.url) as client:
        wait_for(
            lambda: client.llen(DISPATCH_QUEUE),
            within_seconds=PROMPTLY_SECONDS,
            otherwise="No wake-up came",
        )
        client.delete(DISPATCH_QUEUE)


def connections(broker: ScratchBroker) -> int:
    """How many there are beside the one that asks."""
    with redis.Redis.from_url(broker.url) as client:
        return len(client.client_list()) - 1


def restart(broker: ScratchBroker) -> None:
    broker.program.kill()
    broker.program.start()


def empty(broker: ScratchBroker) -> None:
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()


def test_connection_is_kept(broker: ScratchBroker, wake_ups: WakeUps) -> None:
    wake_ups.ring()
    take(broker)
    opened = connections(broker)
    assert opened > 0
    for _ in range(3):
        wake_ups.ring()
        take(broker)
    assert connections(broker) == opened
    wake_ups.close()
    assert connections(broker) == 0


@pytest.mark.parametrize("fault", [restart, empty])
def test_ring_after_a_fault_is_heard(
    broker: ScratchBroker, wake_ups: WakeUps, fault: Callable[[ScratchBroker], None]
) -> None:
    for _ in range(2):
        wake_ups.ring()
        take(broker)
        fault(broker)
    wake_ups.ring()
    take(broker)


def test_frozen_broker_holds_nobody_up(broker: ScratchBroker, wake_ups: WakeUps) -> None:
    wake_ups.ring()
    take(broker)
    process = broker.program.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        for _ in range(1000):
            wake_ups.ring()
        assert time.monotonic() - began < 1
        time.sleep(3)
    finally:
        process.send_signal(signal.SIGCONT)
    take(broker)
    wake_ups.ring()
    take(broker)


def test_broken_connection_is_an_error_of_ours(broker: ScratchBroker) -> None:
    with pytest.raises(BrokerOutOfReach), connect(broker.url, {}) as connection:
        put_on(connection.default_channel, broker)
    with pytest.raises(BrokerOutOfReach), connect(broker.url, {}) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0)


def put_on(channel: Any, broker: ScratchBroker) -> None:
    broker.program.kill()
    channel.queue_declare("any")
