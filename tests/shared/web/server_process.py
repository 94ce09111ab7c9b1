"""A server as a process of its own, and its address."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2

from sloty_deploy.stack import answers_ready

FOLDER = Path(__file__).parent
SERVE = """
import sys
from sloty_shared.logging import configure_logging
from sloty_shared.web.server import serve
configure_logging("example")
serve(sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]))
"""


class Server:
    """A server process and its address."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 30
        while not answers_ready(self.url, "/healthz"):
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < deadline, "The server did not come up."
            time.sleep(0.05)

    def stop(self, stop_signal: int = signal.SIGTERM) -> tuple[int, list[dict[str, Any]]]:
        """The exit status and the log."""
        self.process.send_signal(stop_signal)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, [json.loads(line) for line in errors.splitlines()]

    def exchange(self, sent: bytes) -> bytes:
        """What comes back on a connection of its own until it ends or is silent for a while."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            with suppress(TimeoutError, ConnectionError):
                connection.sendall(sent)
            return received(connection, silence=0.5)

    def count(self, series: str) -> float:
        """The value of one series on the metrics page."""
        page = httpx2.get(f"{self.url}/metrics").text
        found = re.search(rf"^{re.escape(series)} (.*)$", page, re.MULTILINE)
        return float(found[1]) if found else 0


def received(connection: socket.socket, *, silence: float) -> bytes:
    """What comes until the connection ends, or nothing comes for that many seconds."""
    connection.settimeout(silence)
    answer = b""
    with suppress(TimeoutError, ConnectionError):
        while chunk := connection.recv(65536):
            answer += chunk
    return answer


@contextmanager
def started(port: int, app: str = "example_app:app", **more: Any) -> Iterator[Server]:
    """Run `app`, by its name in this folder; it need not be up yet."""
    environment = os.environ | {"PYTHONPATH": str(FOLDER)} | more.pop("environment", {})
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, app, str(port)],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    ) as process:
        try:
            yield Server(process, port)
        finally:
            process.kill()
