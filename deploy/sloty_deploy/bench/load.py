"""A closed-loop HTTP/1.1 client: each connection sends its next request once it was answered.

Run as a process of its own: `python -m sloty_deploy.bench.load`, a Load as JSON on standard input,
a Measured as JSON on standard output. It knows bytes only, so that it takes little of the machine.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
RECEIVE_BYTES = 1 << 20
SILENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Load:
    """What to send: the requests in turn, over and over, or each `once`, for at most `seconds`."""

    host: str
    port: int
    requests: Sequence[str]
    connections: int
    seconds: float
    once: bool = False


@dataclass(frozen=True)
class Measured:
    """Answers a second, milliseconds until one was there whole, and how many had which status.

    `sent` counts all requests, also those that were answered after the time was up. `cpu_seconds`
    is the processor time of those who answered.
    """

    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    statuses: dict[str, int]
    sent: int
    cpu_seconds: float = 0.0

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor time for each answer: other processes' load hardly shows in it."""
        return self.cpu_seconds * 1000 / max(1, sum(self.statuses.values()))


@dataclass
class Connection:
    """One connection: when it asked last, and what of the answer is still to come."""

    socket: socket.socket
    asked_at: float = 0.0
    head: bytes = b""
    missing: int | None = None
    status: str = ""

    def ask(self, request: bytes) -> None:
        self.head, self.missing = b"", None
        self.asked_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; whether the answer is whole."""
        chunk = self.socket.recv(RECEIVE_BYTES)
        if not chunk:
            raise ConnectionError("the server hung up")
        if self.missing is not None:
            self.missing -= len(chunk)
            return self.missing <= 0
        self.head += chunk
        end = self.head.find(HEAD_END)
        if end < 0:
            return False
        self.status = self.head[9:12].decode("ascii")
        self.missing = _length(self.head[:end]) - (len(self.head) - end - len(HEAD_END))
        return self.missing <= 0


@dataclass
class Run:
    """One load as it goes on."""

    load: Load
    requests: list[bytes]
    sent: int = 0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def next_request(self) -> bytes | None:
        if self.load.once and self.sent == len(self.requests):
            return None
        self.sent += 1
        return self.requests[(self.sent - 1) % len(self.requests)]


def _length(head: bytes) -> int:
    at = head.lower().find(LENGTH)
    if at < 0:
        return 0
    return int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])


def measure(load: Load) -> Measured:
    """Send the load and wait for the last answer. Raises OSError where the server fails."""
    run = Run(load, [request.encode() for request in load.requests])
    connections = [_connected(load) for _ in range(load.connections)]
    began = time.perf_counter()
    ended = _answer_all(run, connections, began + load.seconds)
    for connection in connections:
        connection.socket.close()
    return summary(run.latencies, ended - began, dict(run.statuses), run.sent)


def _connected(load: Load) -> Connection:
    opened = socket.create_connection((load.host, load.port), SILENCE_SECONDS)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(opened)


def _answer_all(run: Run, connections: list[Connection], until: float) -> float:
    """Keep every connection busy until time is up; when the last answer that counts was there."""
    selector = selectors.DefaultSelector()
    busy = 0
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        busy += _ask_next(run, connection)
    last = time.perf_counter()
    while busy:
        ready = selector.select(SILENCE_SECONDS)
        if not ready:
            raise TimeoutError("the server does not answer")
        for key, _ in ready:
            connection = key.data
            if not connection.receive():
                continue
            now = time.perf_counter()
            in_time = now < until
            if in_time or not run.latencies:
                last = now
                run.latencies.append(now - connection.asked_at)
            run.statuses[connection.status] += 1
            busy -= not (in_time and _ask_next(run, connection))
    return last


def _ask_next(run: Run, connection: Connection) -> bool:
    request = run.next_request()
    if request is None:
        return False
    connection.ask(request)
    return True


def summary(
    latencies: Sequence[float], seconds: float, statuses: dict[str, int], sent: int
) -> Measured:
    """What latencies in seconds, all within `seconds`, come to."""
    ordered = sorted(latencies)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 3)

    return Measured(
        rate=len(ordered) / seconds,
        p50_ms=at(0.5),
        p95_ms=at(0.95),
        p99_ms=at(0.99),
        statuses=statuses,
        sent=sent,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(measure(Load(**json.load(sys.stdin))))))
