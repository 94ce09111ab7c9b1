"""A web server that does what a test tells it to, and keeps every call that it was sent."""

import time
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler

from .local_server import LocalServer


@dataclass(frozen=True)
class Heard:
    """One call: its path, headers in lower case, and body."""

    path: str
    headers: dict[str, str]
    body: str


class Listener(LocalServer):
    """A real HTTP server on a port of its own.

    Statuses are taken from `answers`, in order, and are 204 when these are empty. `pause` is how
    long it thinks, in seconds, before it answers.
    """

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.pause = 0.0
        self.location = "http://127.0.0.1:9/elsewhere"
        self.heard: list[Heard] = []
        super().__init__(self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

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
