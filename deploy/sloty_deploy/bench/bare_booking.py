"""The bare limit of booking: connections of the driver, one INSERT a table, BEGIN and COMMIT.

Run as `python -m sloty_deploy.bench.bare_booking`: the work as JSON on standard input, a Measured on
standard output.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import psycopg

from sloty_deploy.bench.booking_rows import BookingRows
from sloty_deploy.bench.load import Measured, summary


@dataclass
class Writers:
    """What the threads share: the slots that are still to be booked, and how long each took."""

    url: str
    rows: BookingRows
    slots: list[tuple[str, str]]
    until: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> tuple[str, str] | None:
        with self.lock:
            if self.sent == len(self.slots) or time.perf_counter() >= self.until:
                return None
            self.sent += 1
            return self.slots[self.sent - 1]


def measure(writers: Writers, connections: int, seconds: float) -> Measured:
    """Book on so many connections at once until time is up."""
    opened = [psycopg.connect(writers.url, autocommit=True) for _ in range(connections)]
    threads = [threading.Thread(target=_book, args=(writers, one)) for one in opened]
    began, cpu_began = time.perf_counter(), time.process_time()
    writers.until = began + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent, cpu_spent = time.perf_counter() - began, time.process_time() - cpu_began
    for connection in opened:
        connection.close()
    answers = {"201": len(writers.latencies)}
    measured = summary(writers.latencies, spent, answers, writers.sent)
    return replace(measured, cpu_seconds=cpu_spent)


def _book(writers: Writers, connection: psycopg.Connection[Any]) -> None:
    statements = writers.rows.statements
    for provider, start in iter(writers.take, None):
        asked = time.perf_counter()
        values: Iterator[Any] = iter(writers.rows.another(provider, start).values)
        with connection.transaction():
            for statement, number in statements:
                connection.execute(statement, [next(values) for _ in range(number)])
        writers.latencies.append(time.perf_counter() - asked)


def main() -> None:
    work = json.load(sys.stdin)
    rows = BookingRows.from_json(work["rows"])
    writers = Writers(work["url"], rows, work["slots"])
    print(json.dumps(asdict(measure(writers, work["connections"], work["seconds"]))))


if __name__ == "__main__":
    main()
