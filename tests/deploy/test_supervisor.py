"""The supervisor, with real children: they come back, stop in order, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.waiting import wait_for

DRIVER = Path(__file__).with_name("supervise.py")
SLEEP = "import time; time.sleep(600)"
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("deaf", "w").close()
time.sleep(600)
"""
SAY_WHEN_STOPPED = """
import signal, sys, time
def stop(*_):
    with open("order", "a") as order:
        order.write("{name}\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
open("{name}", "w").close()
time.sleep(600)
"""
START_ANOTHER = """
import subprocess, sys, time
another = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"],
                           start_new_session=True)
open("another", "w").write(str(another.pid))
time.sleep(600)
"""
Supervise = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Supervise]:
    """Start the driver over these children, and wait until it has started them."""
    drivers: list[subprocess.Popen[str]] = []

    def start(*children: dict[str, Any], started: bool = True) -> subprocess.Popen[str]:
        (tmp_path / "children.json").write_text(json.dumps(children))
        driver = subprocess.Popen(
            [sys.executable, str(DRIVER), str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        drivers.append(driver)
        if started:
            soon((tmp_path / "started").exists)
        return driver

    yield start
    for driver in drivers:
        driver.kill()
        driver.wait()
        if driver.stdout:
            driver.stdout.close()


def soon(look: Callable[[], Any]) -> Any:
    return wait_for(look, within_seconds=15, otherwise="It did not happen in 15 s")


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def is_gone(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def stop(driver: subprocess.Popen[str]) -> str:
    driver.terminate()
    output, _ = driver.communicate(timeout=15)
    return output


def test_killed_child_is_started_again(supervise: Supervise, tmp_path: Path) -> None:
    supervise({"name": "sleeper", "code": SLEEP})
    data = DataDirectory(tmp_path)
    first = data.processes()["sleeper"]
    os.kill(first, signal.SIGKILL)
    soon(lambda: data.processes().get("sleeper", first) != first)


def test_child_that_keeps_dying_is_given_time(supervise: Supervise, tmp_path: Path) -> None:
    note = "import time; open('starts', 'a').write(f'{time.time()}\\n')"
    supervise({"name": "failing", "code": note})

    def five_starts() -> list[float]:
        starts = [float(line) for line in read(tmp_path / "starts").split()]
        return starts[:5] if len(starts) >= 5 else []

    starts = soon(five_starts)
    waits = [later - earlier for earlier, later in pairwise(starts)]
    assert waits[0] >= 0.2
    assert waits == sorted(waits)
    assert waits[3] >= 1.6


def test_children_stop_in_reverse_order(supervise: Supervise, tmp_path: Path) -> None:
    names = ("database", "broker", "service")
    children = [
        {"name": name, "code": SAY_WHEN_STOPPED.format(name=name), "stage": stage, "waits": True}
        for stage, name in enumerate(names)
    ]
    driver = supervise(*children)
    stop(driver)
    assert (tmp_path / "order").read_text().split() == ["service", "broker", "database"]
    assert driver.returncode == 0


def test_child_that_hangs_is_killed(supervise: Supervise, tmp_path: Path) -> None:
    driver = supervise({"name": "deaf", "code": DEAF, "patience_seconds": 0.3, "waits": True})
    hanging = DataDirectory(tmp_path).processes()["deaf"]
    assert "deaf hangs and is killed" in stop(driver)
    assert driver.returncode == 0
    assert is_gone(hanging)


def test_second_signal_changes_nothing(supervise: Supervise, tmp_path: Path) -> None:
    driver = supervise({"name": "deaf", "code": DEAF, "patience_seconds": 1.0, "waits": True})
    hanging = DataDirectory(tmp_path).processes()["deaf"]
    driver.send_signal(signal.SIGINT)
    driver.send_signal(signal.SIGTERM)
    stop(driver)
    assert driver.returncode == 0
    assert is_gone(hanging)


def test_killed_supervisor_leaves_no_child(supervise: Supervise, tmp_path: Path) -> None:
    driver = supervise({"name": "one", "code": SLEEP}, {"name": "two", "code": SLEEP})
    children = DataDirectory(tmp_path).processes()
    assert len(children) == 2
    driver.kill()
    soon(lambda: all(is_gone(child) for child in children.values()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans on")
def test_orphans_of_a_killed_child_are_ended(supervise: Supervise, tmp_path: Path) -> None:
    supervise({"name": "parent", "code": START_ANOTHER})
    another = int(soon(lambda: read(tmp_path / "another")))
    os.kill(DataDirectory(tmp_path).processes()["parent"], signal.SIGKILL)
    soon(lambda: is_gone(another))


def test_child_that_never_gets_ready_is_refused(supervise: Supervise) -> None:
    words = "print('the port is taken', flush=True); raise SystemExit(3)"
    driver = supervise({"name": "failing", "code": words, "waits": True}, started=False)
    output, _ = driver.communicate(timeout=15)
    assert driver.returncode == 1
    assert "failing      | the port is taken" in output


def test_reader_that_stands_still_stops_no_child(supervise: Supervise, tmp_path: Path) -> None:
    chatter = "print('x' * 99, file=sys.stderr)"
    code = f"import sys, time\nfor _ in range(100_000): {chatter}\nopen('said', 'w')\n{SLEEP}"
    supervise({"name": "chatty", "code": code})
    soon((tmp_path / "said").exists)
