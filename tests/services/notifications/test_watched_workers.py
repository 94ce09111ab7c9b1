"""Whether a worker is alive, and what it counts: told by the database and on its metrics port."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from tests.factories import make_appointment, make_notification

from sloty_deploy.program import RunningProgram
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .desk import Desk
from .station import Station

STALL_SECONDS = 5


@pytest.fixture
def station(desk: Desk, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path) -> Station:
    changes = {"SLOTY_STALL_SECONDS": str(STALL_SECONDS)}
    return Station(database.app_url, broker.url, desk.office.url, tmp_path, changes)


def is_alive(station: Station) -> bool:
    finished = subprocess.run(
        [sys.executable, "-m", "sloty_notifications.alive"],
        env=station.environment,
        cwd=station.directory,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode in (0, 1), finished.stderr
    assert finished.stdout.count("\n") == 1
    return finished.returncode == 0


def wait_for(condition: Callable[[], bool], within_seconds: float = 30.0) -> None:
    deadline = time.monotonic() + within_seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def process_of(worker: RunningProgram) -> psutil.Process:
    assert worker.process is not None
    return psutil.Process(worker.process.pid)


@pytest.mark.parametrize("queues", [None, "notifications.email"])
def test_worker_is_alive_while_it_takes_tasks(station: Station, queues: str | None) -> None:
    assert not is_alive(station)
    with station.worker(queues=queues):
        wait_for(lambda: is_alive(station))
    time.sleep(STALL_SECONDS)
    assert not is_alive(station)


def test_worker_that_takes_nothing_ends_itself(station: Station) -> None:
    with station.worker() as worker:
        wait_for(lambda: is_alive(station))
        children = process_of(worker).children()
        for child in children:
            os.kill(child.pid, signal.SIGSTOP)
        assert worker.process is not None
        assert worker.process.wait(30) == 70
        for child in children:
            child.kill()


def test_broker_out_of_reach_ends_no_worker(station: Station, broker: ScratchBroker) -> None:
    with station.worker() as worker:
        wait_for(lambda: is_alive(station))
        broker.program.kill()
        time.sleep(2 * STALL_SECONDS)
        assert process_of(worker).is_running()
        broker.program.start()
        wait_for(lambda: is_alive(station))


def test_metrics_tell_what_waits_and_what_was_sent(desk: Desk, station: Station) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    station = replace(station, changes={"SLOTY_METRICS_PORT": str(port)})
    with desk.owning() as session:
        appointment = make_appointment(session)
        make_notification(session, appointment=appointment)
        make_notification(
            session,
            appointment=appointment,
            channel="SMS",
            due_at=desk.now() - timedelta(minutes=5),
        )

    def metrics() -> dict[str, float]:
        with closing(urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}

    with station.worker(), station.beat():
        desk.office.wait_until_handed(1)
        sent = 'sloty_notifications_total{channel="EMAIL",outcome="sent"}'
        wait_for(lambda: metrics()[sent] == 1)
        found = metrics()
    assert found['sloty_notifications_due{channel="EMAIL"}'] == 0
    assert found['sloty_notifications_due{channel="SMS"}'] == 1
    assert found['sloty_notifications_late{channel="SMS"}'] == 1
    assert found['sloty_notifications_oldest_due_seconds{channel="SMS"}'] >= 300
    assert found['sloty_notifications_oldest_due_seconds{channel="EMAIL"}'] == 0
