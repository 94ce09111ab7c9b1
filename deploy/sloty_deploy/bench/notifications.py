"""Delivering, against Celery tasks that do nothing; what a tick costs, and how late reminders are."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from sloty_deploy.bench import owed
from sloty_deploy.bench.load import Measured, summary
from sloty_deploy.bench.moments import noted
from sloty_deploy.bench.options import Options
from sloty_deploy.bench.rig import Rig, process_id
from sloty_deploy.bench.rounds import (
    PRODUCT,
    Contestant,
    cpu_seconds,
    run_measured,
    take_turns,
    told,
)
from sloty_deploy.bench.sites import Site
from sloty_deploy.listening import LOOPBACK
from sloty_deploy.program import RunningProgram
from sloty_deploy.surroundings import BROKER_URL, SMTP_URL
from sloty_deploy.waiting import wait_for
from sloty_shared.broker import DISPATCH_QUEUE, DISPATCH_TASK, connect, publish_task

# For each second of measuring; about what a machine of today does in that time.
BACKLOG_A_SECOND = 500
NOOPS_A_SECOND = 1_000
DUE_IN_A_MINUTE = 10_000
MINUTE = 60.0
# Until the first reminder of that minute is due, workers and beat must have started.
LEAD_SECONDS = 15.0
PATIENCE_SECONDS = 600.0
FEWEST_TICKS = 20
QUIETLY = ("--loglevel", "WARNING", "--without-gossip", "--without-mingle")
DATABASE_NUMBERS = {"product": 0, "noop": 1, "tick": 2}


@dataclass(frozen=True)
class Post:
    """One site with its workers: their environment, and a number for each backlog."""

    rig: Rig
    site: Site
    smtp_port: int
    options: Options
    backlogs: Iterator[int] = field(default_factory=count)

    def settings(self, use: str) -> dict[str, str]:
        """The workers' environment, with a database of the broker's for each use."""
        broker = self.rig.broker_url.removesuffix("/0") + f"/{DATABASE_NUMBERS[use]}"
        return {
            **self.rig.settings(self.site.database),
            BROKER_URL: broker,
            SMTP_URL: f"smtp://{LOOPBACK}:{self.smtp_port}",
            "SLOTY_REMINDER_TICK_SECONDS": "1",
            "BENCH_BROKER": broker,
            "BENCH_DONE": str(self.rig.folder / "noops-done"),
        }

    @contextmanager
    def worker(self, application: str, use: str, processes: int) -> Iterator[RunningProgram]:
        """A Celery worker with so many processes, while the body runs."""
        name = f"worker-{next(self.backlogs)}"
        command = ["-m", "celery", "-A", application, "worker", "-c", str(processes), *QUIETLY]
        program = self.rig.program(name, [*command, "-n", f"{name}@%h"], self.settings(use))
        with RunningProgram(program, self.rig.folder / f"{name}.log") as running:
            yield running

    def deliver(self, processes: int) -> Measured:
        """Send a backlog of messages."""
        number = max(2, int(BACKLOG_A_SECOND * self.options.seconds))
        recipient = f"backlog-{next(self.backlogs)}@example.com"
        with self.site.connect() as connection:
            number = owed.owe(connection, self.site.shop, number, recipient)
            self._call_for_a_scan()
            began = time.time()
            with self.worker("sloty_notifications.worker", "product", processes) as worker:
                sent = partial(owed.sent, connection, recipient)
                return _backlog(sent, number, began, process_id(worker))

    def do_nothing(self, processes: int) -> Measured:
        """Do a backlog of nothing."""
        number = max(2, int(NOOPS_A_SECOND * self.options.seconds))
        settings = self.settings("noop")
        done = self.rig.folder / "noops-done"
        done.unlink(missing_ok=True)
        self.rig.program("noops", ["-m", "sloty_deploy.bench.noop", str(number)], settings).finish()
        began = time.time()
        with self.worker("sloty_deploy.bench.noop", "noop", processes) as worker:
            return _backlog(partial(noted, done), number, began, process_id(worker))

    def tick(self) -> Measured:
        """Ticks of a worker for which nothing is due."""
        work = {"seconds": self.options.seconds, "at_least": FEWEST_TICKS}
        return run_measured("sloty_deploy.bench.tick", work, self.settings("tick"))

    def _call_for_a_scan(self) -> None:
        with connect(self.settings("product")[BROKER_URL], {}) as connection:
            publish_task(connection, DISPATCH_TASK, queue=DISPATCH_QUEUE)


def bench_notifications(rig: Rig, sites: list[Site], options: Options) -> dict[str, Any]:
    """Rates and lateness at the small site, and a tick at both."""
    sink = rig.serve("sloty_deploy.bench.smtp_sink", {}, processes=1, ready=False)
    small, large = (Post(rig, site, sink.port, options) for site in sites)
    for post in (small, large):
        with post.site.connect() as connection:
            owed.settle(connection)
    return {
        "deliveries": _deliveries(small),
        "tickGrowthWithStored": _ticks(small, large),
        "lateness": _lateness(small),
    }


def _deliveries(post: Post) -> dict[str, Any]:
    contestants = {
        PRODUCT: Contestant(partial(post.deliver, 2)),
        "noopTasks": Contestant(partial(post.do_nothing, 2)),
        "oneProcess": Contestant(partial(post.deliver, 1)),
    }
    # Each run starts workers of its own, and counts from the first message or task that was done.
    result = take_turns(contestants, post.options.rounds, warm_up=False)
    post.options.say(f"  deliveries by two processes: {told(result)}")
    return {"case": "two processes", "stored": post.site.stored, **result}


def _ticks(small: Post, large: Post) -> dict[str, Any]:
    contestants = {PRODUCT: Contestant(large.tick), "small": Contestant(small.tick)}
    result = take_turns(contestants, large.options.rounds)
    large.options.say(f"  a tick with {large.site.stored} stored: {told(result)}")
    return {"case": "tick", "stored": large.site.stored, **result}


def _lateness(post: Post) -> dict[str, Any]:
    """How late reminders are that are due within a minute, and the numbers that say so."""
    within, lead = (min(1.0, post.options.seconds) * each for each in (MINUTE, LEAD_SECONDS))
    number = max(2, int(DUE_IN_A_MINUTE * within / MINUTE))
    first = datetime.now(UTC) + timedelta(seconds=lead)
    beat = ["-m", "celery", "-A", "sloty_notifications.worker", "beat", "--pidfile="]
    program = post.rig.program("beat", beat, post.settings("product"))
    with post.site.connect() as connection:
        owed.remind(connection, post.site.shop, number, first, timedelta(seconds=within))
        beating = RunningProgram(program, post.rig.folder / "beat.log")
        with post.worker("sloty_notifications.worker", "product", 2), beating:
            late = sorted(_wait_for_all(partial(owed.lateness, connection, first), number))
    shown = {
        "p50Seconds": round(late[number // 2], 3),
        "p95Seconds": round(late[int(number * 0.95)], 3),
        "latestSeconds": round(late[-1], 3),
    }
    told_as = f"p50 {shown['p50Seconds']} s, latest {shown['latestSeconds']} s"
    post.options.say(f"  {number} reminders due within {within:.0f} s: late by {told_as}")
    return {"reminders": number, "dueWithinSeconds": within, "processes": 2, **shown}


def _wait_for_all(look: Callable[[], Sequence[float]], number: int) -> Sequence[float]:
    """Look until there are so many. Raises Refusal when they are not there in time."""

    def found() -> Sequence[float]:
        there = look()
        return there if len(there) >= number else ()

    otherwise = f"Of {number} not all were done in {PATIENCE_SECONDS:.0f} s"
    return wait_for(found, within_seconds=PATIENCE_SECONDS, otherwise=otherwise)


def _backlog(
    look: Callable[[], Sequence[float]], number: int, began: float, worker: int
) -> Measured:
    """The rate from the first one done to the last; how long each had waited since it began.

    The processor time is that of the worker and its children, once they had started.
    """
    at_first = len(_wait_for_all(look, 1))
    cpu_began = cpu_seconds(worker)
    done = _wait_for_all(look, number)
    spent = cpu_seconds(worker) - cpu_began
    between = max(done) - min(done)
    waited = [moment - began for moment in done]
    measured = summary(waited, between * number / (number - 1), {"done": number}, number)
    share = number / max(1, number - at_first)
    return replace(measured, cpu_seconds=spent * share)
