"""A web server that does what a test tells it to, and keeps every call that it was sent."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Heard:
    """One call: its path, headers in lower case, and body."""

    path: str
    headers: dict[str, str]
    body: str


class Listener:
    """A real HTTP server on a port of its own.

    Statuses are taken from `answers`, in order, and are 204 when these are empty. `pause` is how
    long it thinks, in seconds, before it answers.
    """

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.pause = 0.0
        self.location = "http://127.0.0.1:9/elsewhere"
        self.heard: list[Heard] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.heard.append(Heard(self.path, headers, body))
                time.sleep(listener.pause)
                status = listener.answers.popleft() if listener.answers else 204
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler
