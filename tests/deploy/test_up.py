"""`./sloty up`: what stands in its way is one line, and asked to stop it stops, at any moment."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.listening import free_port
from sloty_deploy.surroundings import childrens_environment
from sloty_deploy.waiting import wait_for

NOWHERE = "postgresql://somebody@127.0.0.1:1/sloty"


class Up:
    """A run of `up` in a folder of the test's own, on ports of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = DataDirectory(folder / "data")
        ports = (f"SLOTY_{api}_PORT" for api in ("BOOKING", "AVAILABILITY"))
        environment = childrens_environment() | {name: str(free_port()) for name in ports}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sloty_deploy", "up", "--data-dir", str(self.data.path)],
            env=environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> tuple[str, str]:
        return self.process.communicate(timeout=60)

    def left(self) -> list[psutil.Process]:
        """Processes that still have something to do with the folder."""
        folder = str(self.data.path)
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if folder in " ".join(process.info["cmdline"] or ())
        ]


def assert_refused(up: Up, *words: str) -> None:
    _, errors = up.finish()
    assert up.process.returncode not in (0, -signal.SIGTERM)
    assert len(errors.splitlines()) == 1, errors
    for word in words:
        assert word in errors
    assert up.left() == []


@pytest.mark.parametrize("api", ["BOOKING", "AVAILABILITY"])
def test_taken_port_is_refused_in_one_line(tmp_path: Path, api: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_refused(Up(tmp_path, **{f"SLOTY_{api}_PORT": port}), f"SLOTY_{api}_PORT", port)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLOTY_BROKER_URL", "http://localhost"),
        ("SLOTY_SMTP_URL", "localhost"),
        ("SLOTY_BOOKING_PORT", "many"),
        ("SLOTY_REMINDER_TICK_SECONDS", "0"),
        ("SLOTY_SECRET_KEY", "short"),
    ],
)
def test_malformed_value_is_refused_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    assert_refused(Up(tmp_path, **{name: value}), name)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("SLOTY_DATABASE_URL", "SLOTY_APP_DATABASE_URL"),
        ("SLOTY_APP_DATABASE_URL", "SLOTY_DATABASE_URL"),
    ],
)
def test_half_a_database_is_refused(tmp_path: Path, given: str, missing: str) -> None:
    assert_refused(Up(tmp_path, **{given: NOWHERE}), f"{missing}: is required")


def test_database_out_of_reach_is_refused_in_one_line(tmp_path: Path) -> None:
    up = Up(tmp_path, SLOTY_DATABASE_URL=NOWHERE, SLOTY_APP_DATABASE_URL=NOWHERE)
    assert_refused(up, "SLOTY_DATABASE_URL")


def test_second_run_in_one_folder_is_refused(tmp_path: Path) -> None:
    with DataDirectory(tmp_path / "data").held():
        assert_refused(Up(tmp_path), "is in use by process", str(os.getpid()))


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("Starting PostgreSQL", signal.SIGINT),
        ("Migrating", signal.SIGTERM),
        ("Starting the APIs", signal.SIGINT),
        ("Starting the APIs", signal.SIGTERM),
    ],
)
def test_start_can_be_broken_off(tmp_path: Path, moment: str, number: signal.Signals) -> None:
    up = Up(tmp_path)
    assert up.process.stdout
    for line in up.process.stdout:
        if line.startswith(moment):
            break
    up.process.send_signal(number)
    up.process.send_signal(number)
    output, _ = up.finish()
    assert up.process.returncode == 0, output
    wait_for(lambda: up.left() == [], within_seconds=2, otherwise="Something is left running")
