"""The generated clients: whole, typed, and able to do the main job against running APIs."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.api_processes import ApiProcess, api_process

from sloty_deploy.clients.document import operations_of, schemas_of
from sloty_deploy.clients.write import documents, write_clients
from sloty_deploy.house import CHECKOUT
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

# Beside that of `./sloty check`: what the standard library looks like need not be read each time.
CACHED = ("--no-error-summary", "--cache-dir", str(CHECKOUT / ".mypy_cache" / "clients"))
# All that a business and its customer do, by the client alone.
JOURNEY = """
import json
import sys
from datetime import date, timedelta

from sloty_client import AvailabilityApi, BookingApi, File, ProblemError
from sloty_client.booking import AppointmentView, Booking

booking, availability = BookingApi(sys.argv[1]), AvailabilityApi(sys.argv[2])
made = booking.sign_up({
    "tenantName": "Corner Physio", "slug": "corner-physio", "email": "ada@physio.example",
    "password": "correct horse battery", "name": "Ada Lovelace",
})
booking.token = availability.token = made["token"]
location = booking.create_location(
    {"name": "Main", "address": "1 Main Street", "city": "Berlin", "timezone": "Europe/Berlin"}
)
provider = booking.create_provider(
    {"user": {"email": "mary@physio.example", "name": "Mary"}, "locationId": location["id"]}
)
for day in range(7):
    availability.create_availability(
        provider["id"], {"dayOfWeek": day, "startTime": "09:00", "endTime": "17:00"}
    )
service = booking.create_service({"name": "Massage", "duration": 60})
booking.create_parameter(service["id"], {"name": "scan", "label": "Scan", "type": "FILE"})
scan = booking.upload_file(File('a "scan".pdf', b"%PDF-1.7"))

first = date.today() + timedelta(days=2)
slots = availability.list_slots(
    service_id=service["id"], from_=first.isoformat(), to=first.isoformat()
)["items"]
wanted: Booking = {
    "serviceId": service["id"],
    "startTime": slots[0]["startTime"],
    "customer": {"firstName": "Grace", "lastName": "Hopper", "email": "grace@navy.example"},
    "parameters": {"scan": scan["id"]},
}
booked: AppointmentView = booking.create_appointment(wanted, idempotency_key="once")
assert booking.create_appointment(wanted, idempotency_key="once") == booked
assert booking.download_file(scan["id"]) == b"%PDF-1.7"
try:
    booking.create_appointment({**wanted, "parameters": {}})
    refusal = ""
except ProblemError as problem:
    refusal = problem.code
[listed] = booking.list_appointments(status=["SCHEDULED"], include="customer")["items"]
cancelled = BookingApi(sys.argv[1]).cancel_public_appointment(booked["confirmationCode"])
booking.log_out()
print(json.dumps([listed["id"] == booked["id"], refusal, cancelled["status"]]))
"""
# Each of these lines is wrong, and the types say so.
MISTAKES = """
from sloty_client import BookingApi, AvailabilityApi

api = BookingApi("http://localhost", "token")
api.create_appointment({"serviceId": "an id"})
api.create_appointment({"serviceId": "an id", "startTime": 9})
api.create_appointment({"serviceId": "an id", "startTime": "now", "colour": "red"})
api.list_appointments(status=["LOST"])
api.read_appointment(5)
api.read_appointment("an id")["colour"]
AvailabilityApi("http://localhost").list_slots(service_id="an id")
"""


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which they were written."""
    folder = tmp_path_factory.mktemp("clients")
    write_clients(folder)
    return folder


@pytest.fixture
def running(
    database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> Iterator[tuple[ApiProcess, ApiProcess]]:
    with ExitStack() as started:
        booking, availability = (
            started.enter_context(api_process(package, database.app_url, broker.url, tmp_path))
            for package in ("sloty_booking", "sloty_availability")
        )
        yield booking, availability


def mypy(folder: Path, *names: str) -> str:
    """What the strictest check says of these files of the Python client's folder."""
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", *CACHED, *names],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return checked.stdout + checked.stderr


def test_python_client_does_the_main_job(
    clients: Path, running: tuple[ApiProcess, ApiProcess]
) -> None:
    journey = clients / "python" / "journey.py"
    journey.write_text(JOURNEY)
    done = subprocess.run(
        [sys.executable, "-W", "error", journey.name, *(api.url for api in running)],
        cwd=journey.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, "slot_unavailable", "CANCELLED"]


def test_python_client_is_typed_to_the_last_field(clients: Path) -> None:
    folder = clients / "python"
    (folder / "journey.py").write_text(JOURNEY)
    (folder / "mistakes.py").write_text(MISTAKES)
    said = mypy(folder, "sloty_client", "journey.py", "mistakes.py")
    lines = {int(found[1]) for found in re.finditer(r"mistakes\.py:(\d+): error", said)}
    assert lines == set(range(5, 12)), said
    assert len(said.splitlines()) == len(re.findall(r"^mistakes\.py", said, re.MULTILINE)), said


def test_clients_have_every_operation_and_schema(clients: Path) -> None:
    for name, document in documents().items():
        python = (clients / "python" / "sloty_client" / f"{name}.py").read_text()
        typescript = (clients / "typescript" / "src" / f"{name}.ts").read_text()
        operations = [operation.name for operation in operations_of(document)]
        assert len(operations) == len(set(operations)) >= 18
        assert re.findall(r"^    def (\w+)\(", python, re.MULTILINE) == operations
        called = re.findall(r"^  async (\w+)\(", typescript, re.MULTILINE)
        assert [re.sub(r"(?=[A-Z])", "_", each).lower() for each in called] == operations
        schemas = [schema for schema, _ in schemas_of(document)]
        defined = r"^(?:export (?:interface|type)|class) (\w+)|^(\w+)(?:: TypeAlias)? = "
        for text in (python, typescript):
            found = {a or b for a, b in re.findall(defined, text, re.MULTILINE)}
            assert set(schemas) <= found


def test_generation_is_the_same_each_time(clients: Path, tmp_path: Path) -> None:
    for path in write_clients(tmp_path):
        assert path.read_text() == (clients / path.relative_to(tmp_path)).read_text()


@pytest.mark.skipif(shutil.which("tsc") is None, reason="there is no TypeScript compiler here")
def test_typescript_client_is_typed(clients: Path) -> None:
    checked = subprocess.run(
        [
            *("tsc", "--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"),
            *("--lib", "es2022,dom,dom.iterable", "src/index.ts"),
        ],
        cwd=clients / "typescript",
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
