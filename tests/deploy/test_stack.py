"""The whole stack under `./sloty up`: any child may die, and the next booking and mail still work."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from sloty_deploy.api_client import Api
from sloty_deploy.refusal import Refusal
from sloty_deploy.scratch_stack import ScratchStack, scratch_stack
from sloty_deploy.stack import answers_ready
from sloty_deploy.surroundings import childrens_environment
from sloty_deploy.waiting import wait_for

# What is promised after the death of any child.
RECOVERY_SECONDS = 10.0
ADMIN = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}
SETTINGS = {"SLOTY_REMINDER_TICK_SECONDS": "1", "SLOTY_RATE_LIMIT": "off"}


@dataclass
class Studio:
    """A tenant on a running stack that books one appointment after the other."""

    stack: ScratchStack
    booking: Api
    availability: Api
    service: Any
    numbers: Iterator[int] = field(default_factory=count)

    def book(self) -> str:
        """Book the last free slot of the week for a new customer, and return their address."""
        now = datetime.now(UTC)
        asked = {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()}
        slots = self.availability.get("/v1/slots", serviceId=self.service["id"], **asked)
        slot = slots["items"][-1]
        email = f"grace{next(self.numbers)}@example.com"
        self.booking.post(
            "/v1/appointments",
            {
                "serviceId": self.service["id"],
                "providerId": slot["providerId"],
                "startTime": slot["startTime"],
                "customer": {"firstName": "Grace", "lastName": "Hopper", "email": email},
            },
        )
        return email

    def book_if_possible(self) -> str:
        try:
            return self.book()
        except Refusal:
            return ""

    def has_mail(self, email: str) -> bool:
        return any(email in mail.recipients for mail in self.stack.mails.newest())


def open_studio(stack: ScratchStack) -> Studio:
    tenant = {"tenantName": "Studio", "slug": "studio"}
    token = Api(stack.booking_url).post("/v1/signup", tenant | ADMIN)["token"]
    booking, availability = Api(stack.booking_url, token), Api(stack.availability_url, token)
    place = {"name": "Studio", "address": "1 Main Street", "city": "Berlin"}
    location = booking.post("/v1/locations", place)
    service = booking.post("/v1/services", {"name": "Consultation", "duration": 30})
    person = {"email": "mary@example.com", "name": "Mary"}
    provider = booking.post("/v1/providers", {"user": person, "locationId": location["id"]})
    for day in range(7):
        rule = {"dayOfWeek": day, "startTime": "00:00", "endTime": "24:00"}
        availability.post(f"/v1/providers/{provider['id']}/availability", rule)
    return Studio(stack, booking, availability, service)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with scratch_stack(tmp_path_factory.mktemp("stack"), SETTINGS) as stack:
        studio = open_studio(stack)
        studio.book()
        yield studio


def first_child(process_id: int, words: str = "") -> int:
    children = psutil.Process(process_id).children()
    return next(child.pid for child in children if words in " ".join(child.cmdline()))


VICTIMS: dict[str, Callable[[dict[str, int]], int]] = {
    **{
        name: lambda processes, name=name: processes[name]
        for name in (
            "postgres",
            "broker",
            "mailbox",
            "booking",
            "availability",
            "worker",
            "beat",
        )
    },
    "a session of postgres": lambda processes: first_child(processes["postgres"], "sloty_app"),
    "a child of the worker": lambda processes: first_child(processes["worker"]),
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_child_is_back_within_ten_seconds(studio: Studio, victim: str) -> None:
    os.kill(VICTIMS[victim](studio.stack.data.processes()), signal.SIGKILL)
    deadline = time.monotonic() + RECOVERY_SECONDS
    email = wait_for(
        studio.book_if_possible, within_seconds=RECOVERY_SECONDS, otherwise="Nothing was booked"
    )
    wait_for(
        lambda: studio.has_mail(email),
        within_seconds=deadline - time.monotonic(),
        otherwise="The booking was not confirmed by mail",
    )


def test_two_stacks_run_side_by_side(studio: Studio, tmp_path: Path) -> None:
    with scratch_stack(tmp_path, SETTINGS) as other:
        assert answers_ready(other.booking_url)
        assert answers_ready(studio.stack.booking_url)


def test_stack_stops_in_time_and_keeps_its_data(tmp_path: Path) -> None:
    with scratch_stack(tmp_path, SETTINGS) as stack:
        open_studio(stack)
        begun = time.monotonic()
    assert time.monotonic() - begun < 15
    assert stack.program.process
    assert stack.program.process.returncode == 0
    assert stack.data.processes() == {}
    with scratch_stack(tmp_path, SETTINGS) as again:
        login = {"email": ADMIN["email"], "password": ADMIN["password"]}
        assert Api(again.booking_url).post("/v1/auth/login", login)["token"]


def test_demo_tenant_is_loaded_once(tmp_path: Path) -> None:
    for _ in range(2):
        with scratch_stack(tmp_path, SETTINGS, arguments=()) as stack:
            login = {"email": "demo@example.com", "password": "sloty-demo-password"}
            token = Api(stack.booking_url).post("/v1/auth/login", login)["token"]
            providers = Api(stack.booking_url, token).get("/v1/providers")["items"]
    assert len(providers) == 1


def test_demo_shows_the_main_job() -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "sloty_deploy", "demo"],
        env=childrens_environment() | {"TZ": "Pacific/Kiritimati"},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    for words in (
        "slots are offered",
        "Booked",
        "is gone",
        "BOOKED",
        "REMINDER",
        "remindersSent 1",
    ):
        assert words in finished.stdout
