"""`./sloty notifications tail` shows what is there, and what comes."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.factories import make_appointment, make_notification, owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import NotificationStatus


def test_tail_shows_old_and_new_messages(database: DatabaseUrls, tmp_path: Path) -> None:
    with owner_session(database.owner_url) as session:
        appointment = make_appointment(session)
        make_notification(session, appointment=appointment, recipient="old@mail.example")
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "SLOTY_DATABASE_URL": database.owner_url,
        "SLOTY_APP_DATABASE_URL": database.app_url,
    }
    log = tmp_path / "tail.log"
    command = [sys.executable, "-m", "sloty_deploy", "notifications", "tail"]
    with log.open("wb") as output:
        tail = subprocess.Popen(command, env=environment, stdout=output, cwd=tmp_path)
    try:
        wait_for(log, "PENDING  BOOKED by EMAIL to old@mail.example")
        with owner_session(database.owner_url) as session:
            new = make_notification(session, appointment=appointment, recipient="new@mail.example")
            new.status = NotificationStatus.SKIPPED
            new.reason = "Nobody wants it."
        wait_for(log, "SKIPPED  BOOKED by EMAIL to new@mail.example  Nobody wants it.")
    finally:
        tail.terminate()
        tail.wait()
    assert log.read_text().count("old@mail.example") == 1


def wait_for(log: Path, line: str, within_seconds: float = 20.0) -> None:
    deadline = time.monotonic() + within_seconds
    while line not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
