"""The whole stack under `./sloty up`: any child may die, and the next booking and mail still work."""

import subprocess
import sys
import time
from collections.abc import Iterator
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

# What is promised after the death of any child; a machine under load gets twice what it just
# needed to start everything, which on an idle one is less.
RECOVERY_SECONDS = 10.0
ADMIN = {"email": "ada@example.com", "password": "correct horse battery", "name": "Ada"}
DEMO_LOGIN = {"email": "demo@example.com", "password": "sloty-demo-password"}
SETTINGS = {"SLOTY_REMINDER_TICK_SECONDS": "1", "SLOTY_RATE_LIMIT": "off"}


@dataclass
class Studio:
    """A tenant on a running stack that books one appointment after the other."""

    stack: ScratchStack
    booking: Api
    availability: Api
    service: Any
    recovery_seconds: float = RECOVERY_SECONDS
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

    def book_within(self, seconds: float) -> str:
        """Book as soon as it works again; the last refusal if it does not."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.book()
            except Refusal:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def await_mail(self, email: str, seconds: float) -> None:
        wait_for(
            lambda: any(email in mail.recipients for mail in self.stack.mails.newest()),
            within_seconds=seconds,
            otherwise=f"{email} was booked, and got no mail of it in {seconds:.1f} s",
        )


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
    begun = time.monotonic()
    with scratch_stack(tmp_path_factory.mktemp("stack"), SETTINGS) as stack:
        studio = open_studio(stack)
        studio.recovery_seconds = max(RECOVERY_SECONDS, 2 * (time.monotonic() - begun))
        studio.book()
        yield studio


CHILDREN = ("postgres", "broker", "mailbox", "booking", "availability", "worker", "beat")
# By the child and a word of their command line.
GRANDCHILDREN = (("postgres", "sloty_app"), ("worker", "celery"))


def kill(stack: ScratchStack, child: str, word: str) -> None:
    """Kill a child, or with a word that of its children whose command line has it."""
    process = psutil.Process(stack.data.processes()[child])
    if word:
        process = next(each for each in process.children() if word in " ".join(each.cmdline()))
    process.kill()


@pytest.mark.parametrize(("child", "word"), [*((child, "") for child in CHILDREN), *GRANDCHILDREN])
def test_killed_child_is_back_within_ten_seconds(studio: Studio, child: str, word: str) -> None:
    kill(studio.stack, child, word)
    killed = time.monotonic()
    email = studio.book_within(studio.recovery_seconds)
    studio.await_mail(email, studio.recovery_seconds - (time.monotonic() - killed))


def demo_providers(stack: ScratchStack) -> list[Any]:
    token = Api(stack.booking_url).post("/v1/auth/login", DEMO_LOGIN)["token"]
    return list(Api(stack.booking_url, token).get("/v1/providers")["items"])


def test_stack_stops_in_time_and_keeps_its_data(tmp_path: Path) -> None:
    with scratch_stack(tmp_path, SETTINGS, arguments=()) as stack:
        first = demo_providers(stack)
        begun = time.monotonic()
    assert time.monotonic() - begun < 15
    assert stack.program.process
    assert stack.program.process.returncode == 0
    assert stack.data.processes() == {}
    with scratch_stack(tmp_path, SETTINGS, arguments=()) as stack:
        assert demo_providers(stack) == first
        assert len(first) == 1


def test_killed_run_hinders_neither_the_next_nor_another(studio: Studio, tmp_path: Path) -> None:
    with scratch_stack(tmp_path, SETTINGS) as stack:
        # Two run side by side.
        assert answers_ready(studio.stack.booking_url)
        email = open_studio(stack).book()
        stack.program.kill()
        with scratch_stack(tmp_path, SETTINGS) as again:
            login = {name: ADMIN[name] for name in ("email", "password")}
            token = Api(again.booking_url).post("/v1/auth/login", login)["token"]
            customers = Api(again.booking_url, token).get("/v1/customers")["items"]
            assert [customer["email"] for customer in customers] == [email]
    assert answers_ready(studio.stack.booking_url)


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
