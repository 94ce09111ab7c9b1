"""The gateway's configuration, read as text and served by a real nginx before real APIs."""

import os
import re
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sloty_availability.application import create_availability_api
from sloty_booking.application import create_booking_api
from sloty_deploy.listening import LOOPBACK, free_port
from sloty_deploy.program import Program, RunningProgram
from sloty_deploy.scratch import ScratchPostgres
from sloty_deploy.stack import answers_ready
from sloty_notifications.kinds.account_letter import PAGES
from sloty_notifications.kinds.offer_letter import PAGE
from sloty_shared.settings import Settings

CONFIGURATION = Path(__file__).parents[2] / "deploy/compose/gateway.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
MEBIBYTE = 1024 * 1024
# Nothing listens here; the APIs are ready without a broker.
NO_BROKER = "redis://127.0.0.1:9/0"
SECRET_KEY = "a key for tests alone"


def test_each_route_is_sent_to_its_api() -> None:
    settings = Settings(
        app_database_url="postgresql://nobody@localhost/none",
        broker_url=NO_BROKER,
        secret_key=SECRET_KEY,
    )
    for name, create in (
        ("booking", create_booking_api),
        ("availability", create_availability_api),
    ):
        paths = [path for path in create(settings).openapi()["paths"] if path.startswith("/v1/")]
        assert paths
        for path in paths:
            assert _api_of(re.sub(r"\{[^}]+\}", "an-example", path)) == name, path


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/v1/slots/next", "availability"),
        ("/v1/public/corner-physio/slots/next", "availability"),
        ("/v1/providers/an-example/calendar", "availability"),
        ("/v1/providers/an-example/schedule/another", "availability"),
        ("/v1/providers/an-example/services", "booking"),
        ("/v1/public/corner-physio", "booking"),
        ("/v1/public/corner-physio/appointments", "booking"),
        ("/v1/appointments/an-example/calendar.ics", "booking"),
        ("/v1/slotsome", "booking"),
    ],
)
def test_paths_to_come_are_sent_right(path: str, api: str) -> None:
    assert _api_of(path) == api


def _api_of(path: str) -> str:
    """Where the configuration's table of paths sends a request."""
    table = re.search(r"map \$uri \$api \{(.*?)\}", CONFIGURATION.read_text(), flags=re.DOTALL)
    assert table
    rules = re.findall(r'"~(\S+)"\s+\$(\w+);', table[1])
    assert rules
    return next((str(api) for pattern, api in rules if re.search(pattern, path)), "booking")


@dataclass(frozen=True)
class Front:
    """A running gateway, its client, and the programs behind it."""

    client: httpx2.Client
    port: int
    booking: RunningProgram
    availability: RunningProgram

    def problem(self, method: str, path: str, status: int, code: str, **request: Any) -> Any:
        answer = self.client.request(method, path, **request)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["x-request-id"]
        problem = answer.json()
        assert (problem["code"], problem["status"]) == (code, status)
        assert problem.keys() >= {"type", "title", "detail"}
        return problem


@pytest.fixture(scope="module")
def front(
    tmp_path_factory: pytest.TempPathFactory, postgres: ScratchPostgres, migrated_template: str
) -> Iterator[Front]:
    """Both APIs behind the gateway; tests that stop one start it again."""
    database = postgres.clone(migrated_template)
    directory = tmp_path_factory.mktemp("gateway")
    ports = {"booking": free_port(), "availability": free_port()}
    apis = {
        name: RunningProgram(
            _api(name, port, directory, database.app_url), directory / f"{name}.log"
        )
        for name, port in ports.items()
    }
    with (
        apis["booking"],
        apis["availability"],
        _gateway(directory, ports["booking"], ports["availability"]) as (client, port),
    ):
        yield Front(client, port, **apis)
    postgres.drop(database)


def _api(name: str, port: int, directory: Path, app_url: str) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-m", f"sloty_{name}"],
        environment={
            "SLOTY_APP_DATABASE_URL": app_url,
            "SLOTY_BROKER_URL": NO_BROKER,
            "SLOTY_SECRET_KEY": SECRET_KEY,
            f"SLOTY_{name.upper()}_PORT": str(port),
        },
        directory=directory,
        is_ready=partial(answers_ready, f"http://{LOOPBACK}:{port}"),
        patience_seconds=10,
    )


@contextmanager
def _gateway(
    directory: Path, booking: int, availability: int
) -> Iterator[tuple[httpx2.Client, int]]:
    """The configuration as it is, but for addresses and folders, on a port of its own."""
    port = free_port()
    text = CONFIGURATION.read_text()
    for said, meant in {
        "booking:8000": f"{LOOPBACK}:{booking}",
        "availability:8001": f"{LOOPBACK}:{availability}",
        "listen 8080": f"listen {LOOPBACK}:{port}",
        "/tmp/": f"{directory}/",
        "/dev/stdout": f"{directory}/access.log",
    }.items():
        assert said in text
        text = text.replace(said, meant)
    if os.geteuid() == 0:
        # Else its workers would change to a user who may not enter the test's folder.
        text = f"user root;\n{text}"
    (directory / "gateway.conf").write_text(text)
    program = Program(
        name="gateway",
        command=[str(NGINX), "-e", "stderr", "-c", str(directory / "gateway.conf")],
        environment={},
        directory=directory,
        is_ready=partial(_accepts_connections, port),
    )
    with (
        RunningProgram(program, directory / "gateway.log"),
        httpx2.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=20) as client,
    ):
        yield client, port


def _accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@needs_nginx
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_answered_for_both(front: Front, path: str) -> None:
    assert front.client.get(path).json()["status"] == "ok"


@needs_nginx
@pytest.mark.parametrize(("prefix", "title"), [("", "booking"), ("/availability", "availability")])
def test_documents_of_both_apis_are_served(front: Front, prefix: str, title: str) -> None:
    assert title in front.client.get(f"{prefix}/openapi.json").json()["info"]["title"]
    page = front.client.get(f"{prefix}/docs")
    assert page.headers["content-type"].startswith("text/html")
    files = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.text)
    assert files
    for file in files:
        assert front.client.get(f"{prefix}/{file}").status_code == 200


@needs_nginx
@pytest.mark.parametrize("name", [*PAGES.values(), PAGE])
def test_pages_behind_links_in_mails_are_served(front: Front, name: str) -> None:
    page = front.client.get(f"/{name}?token=abc")
    assert (page.status_code, page.headers["content-language"]) == (200, "en")


@needs_nginx
@pytest.mark.parametrize(
    "path",
    ["/", "/metrics", "//metrics", "/%6detrics", "/availability/metrics", "/problem", "/v2/slots"],
)
def test_everything_else_stays_inside(front: Front, path: str) -> None:
    front.problem("GET", path, 404, "not_found")


@needs_nginx
@pytest.mark.parametrize("path", ["/v1/me", "/v1/slots"])
def test_each_api_answers_under_one_address(front: Front, path: str) -> None:
    front.problem("GET", path, 401, "unauthenticated")


@needs_nginx
@pytest.mark.parametrize("size", [MEBIBYTE + 1, 2 * MEBIBYTE])
def test_too_large_body_is_a_problem_document(front: Front, size: int) -> None:
    front.problem("POST", "/v1/signup", 413, "payload_too_large", content=b" " * size)


@needs_nginx
def test_callers_request_id_is_kept(front: Front) -> None:
    for path in ("/v1/me", "/no-such-place"):
        answer = front.client.get(path, headers={"X-Request-Id": "from-the-caller"})
        assert answer.headers["x-request-id"] == "from-the-caller"


@needs_nginx
@pytest.mark.parametrize(
    "head",
    [
        b"GET /v1/%00 HTTP/1.1\r\nHost: x\r\n",
        b"GET /v1/" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n",
    ],
)
def test_unreadable_request_is_a_problem_document(front: Front, head: bytes) -> None:
    with socket.create_connection((LOOPBACK, front.port), timeout=10) as connection:
        connection.sendall(head + b"Connection: close\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b'"code":"bad_request"' in answer


@needs_nginx
def test_one_api_down_takes_nothing_else_along(front: Front) -> None:
    front.availability.kill()
    try:
        for path in ("/healthz", "/readyz", "/v1/slots"):
            front.problem("GET", path, 503, "unavailable")
        front.problem("GET", "/v1/me", 401, "unauthenticated")
    finally:
        front.availability.start()
    assert front.client.get("/readyz").status_code == 200


class _Echo(BaseHTTPRequestHandler):
    """Answers with the head that arrived."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers.as_bytes())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@needs_nginx
def test_clients_claims_about_itself_do_not_count(tmp_path: Path) -> None:
    with ThreadingHTTPServer((LOOPBACK, 0), _Echo) as echo:
        threading.Thread(target=echo.serve_forever).start()
        try:
            with _gateway(tmp_path, echo.server_port, echo.server_port) as (client, _):
                claims = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
                arrived = client.get("/v1/me", headers=claims).text
        finally:
            echo.shutdown()
    assert f"X-Forwarded-For: {LOOPBACK}" in arrived
    assert "X-Forwarded-Proto: http\n" in arrived
    assert "203.0.113.9" not in arrived
