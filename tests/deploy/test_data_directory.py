"""The data directory: one holder at a time, one secret, and no stranger is ever taken for ours."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.refusal import Refusal
from sloty_deploy.waiting import wait_for


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_second_holder_is_refused(tmp_path: Path) -> None:
    with (
        DataDirectory(tmp_path).held(),
        pytest.raises(Refusal, match=f"in use by process {os.getpid()}"),
        DataDirectory(tmp_path).held(),
    ):
        pass


def test_folder_is_free_again_after_its_holder(tmp_path: Path) -> None:
    for _ in range(2):
        with DataDirectory(tmp_path).held():
            pass


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match="cannot be used"), DataDirectory(tmp_path / "file").held():
        pass


def test_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    secret = data.secret_key()
    assert len(secret) >= 32
    assert data.secret_key() == secret
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_what_a_killed_run_left_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    data = DataDirectory(tmp_path)
    data.remember_processes({"sleeper": sleeper.pid})
    with data.held() as ended:
        assert ended == ["sleeper"]
        wait_for(
            lambda: sleeper.poll() is not None, within_seconds=5, otherwise="It goes on running"
        )


def test_another_process_with_a_kept_id_is_spared(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    data = DataDirectory(tmp_path)
    data.remember_processes({"sleeper": sleeper.pid})
    kept = tmp_path / "processes.json"
    kept.write_text(kept.read_text().replace('"started": ', '"started": 1'))
    with data.held() as ended:
        assert ended == []
    assert sleeper.poll() is None
