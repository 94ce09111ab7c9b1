"""The server as a process: its sockets, its signals and what only a real connection can show."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sloty_deploy.listening import free_port

from .server_process import Server, started

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with started(free_port()) as server:
        server.wait_until_up()
        yield server


def chunked(total: int) -> Iterator[bytes]:
    for _ in range(total // 65536):
        yield b" " * 65536


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT])
def test_stop_signal_ends_the_process_with_success(stop_signal: int) -> None:
    with started(free_port()) as server:
        server.wait_until_up()
        status, log = server.stop(stop_signal)
    assert status == 0
    assert all(line["service"] == "example" and line["timestamp"].endswith("Z") for line in log)
    assert not any("exception" in line for line in log)


def test_stop_signal_during_start_ends_the_process() -> None:
    with started(free_port()) as server:
        time.sleep(0.4)
        assert server.process.poll() is None
        server.process.terminate()
        assert server.process.wait(timeout=15) in (0, -signal.SIGTERM)


def test_running_request_is_answered_before_the_end() -> None:
    head = b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with started(free_port()) as server:
        server.wait_until_up()
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(head + b"Content-Length: 12\r\nExpect: 100-continue\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
            server.process.terminate()
            time.sleep(0.5)
            connection.sendall(b'{"name":"a"}')
            assert connection.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert server.process.wait(timeout=20) == 0


def test_request_that_never_ends_cannot_hold_up_the_stop() -> None:
    head = b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with started(free_port()) as server:
        server.wait_until_up()
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(head + b"Content-Length: 12\r\nExpect: 100-continue\r\n\r\n")
            assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
            server.process.terminate()
            assert server.process.wait(timeout=15) == 0


def test_processes_that_share_a_folder_count_together(tmp_path: Path) -> None:
    series = 'sloty_http_requests_total{method="GET",route="/healthz",status="200"}'
    shared: dict[str, Any] = {"environment": {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}}
    with started(free_port(), **shared) as first, started(free_port(), **shared) as second:
        for server in (first, second):
            server.wait_until_up()
        before = first.count(series)
        httpx2.get(f"{first.url}/healthz")
        httpx2.get(f"{second.url}/healthz")
        assert first.count(series) == second.count(series) == before + 2


def test_inherited_socket_is_served_and_shared() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        port = listener.getsockname()[1]
        inherited: dict[str, Any] = {
            "environment": {"SLOTY_LISTEN_FD": str(listener.fileno())},
            "pass_fds": [listener.fileno()],
        }
        with started(port, **inherited) as first, started(port, **inherited) as second:
            first.wait_until_up()
            assert first.stop()[0] == 0
            second.wait_until_up()
            assert second.stop()[0] == 0
        # With both gone a connection waits in the backlog for the next one.
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as waiting,
            started(port, **inherited) as third,
        ):
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")
            assert third.stop()[0] == 0


def test_taken_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, started(taken.getsockname()[1]) as server:
        _, errors = server.process.communicate(timeout=20)
    assert server.process.returncode == 1
    assert errors == f"cannot listen on 127.0.0.1:{server.port}: Address already in use\n"


@pytest.mark.parametrize("descriptor", ["999", "x", ""])
def test_useless_descriptor_is_one_clear_line(descriptor: str) -> None:
    with started(free_port(), environment={"SLOTY_LISTEN_FD": descriptor}) as server:
        _, errors = server.process.communicate(timeout=20)
    assert server.process.returncode == 1
    assert errors == f"SLOTY_LISTEN_FD: {descriptor} is not an open socket\n"


def test_oversize_chunked_body_is_refused(server: Server) -> None:
    headers = {"Content-Type": "application/json"}
    answer = httpx2.post(f"{server.url}/v1/things", content=chunked(3 * MIB), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload_too_large"


def test_announced_oversize_is_refused_before_it_is_sent(server: Server) -> None:
    head = b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    answer = server.exchange(head + b"Content-Length: 99999999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"payload_too_large"' in answer


def test_connection_survives_a_refused_body(server: Server) -> None:
    with httpx2.Client(base_url=server.url) as client:
        for body, status in ((b"{" * MIB, 400), (b" " * (2 * MIB), 413), (b'{"name":"a"}', 201)):
            headers = {"Content-Type": "application/json"}
            assert client.post("/v1/things", content=body, headers=headers).status_code == status


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/codes/%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /v1/codes/%ff%fe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /v1/codes/%ed%a0%80 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_unreadable_path_is_not_found_on_the_wire(server: Server, sent: bytes) -> None:
    assert server.exchange(sent).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /v1/codes/\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nXYZ\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * (4 * MIB) + b"\r\n\r\n",
    ],
    ids=["version", "TLS", "NUL", "two lengths", "negative length", "bad chunk", "huge header"],
)
def test_broken_request_leaves_the_server_up(server: Server, sent: bytes) -> None:
    answer = server.exchange(sent)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert httpx2.get(f"{server.url}/healthz").status_code == 200


def test_endless_head_is_cut_off(server: Server) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: "
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            connection.sendall(b"a" * (64 * MIB))


def test_ordinary_head_is_read(server: Server) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 32768
    assert server.exchange(head + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_client_that_leaves_in_mid_body_hurts_nobody(server: Server) -> None:
    series = 'sloty_http_requests_total{{method="POST",route="/v1/things",status="{}"}}'
    left, failed = (server.count(series.format(status)) for status in (499, 500))
    head = b"POST /v1/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head + b"Content-Length: 100\r\n\r\n{")
    time.sleep(0.3)
    assert server.count(series.format(499)) == left + 3
    assert server.count(series.format(500)) == failed


def test_server_does_not_say_what_it_runs_on(server: Server) -> None:
    answer = httpx2.get(f"{server.url}/healthz")
    assert "server" not in answer.headers
    assert answer.headers["X-Request-Id"]
