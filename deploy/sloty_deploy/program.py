"""One long-lived child process: how it is started, known to be ready, and asked to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from sloty_deploy.refusal import Refusal

POLL_SECONDS = 0.02
TIED = Path(__file__).with_name("tied.py")


@dataclass(frozen=True)
class Identity:
    """The user and group that a child runs as when its parent is root."""

    user: int
    group: int


def always() -> bool:
    """Readiness of a program that nobody waits for."""
    return True


@dataclass(frozen=True)
class Program:
    """What to run. The environment is complete: nothing of the parent's leaks in."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    is_ready: Callable[[], bool] = always
    stop_signal: signal.Signals = signal.SIGTERM
    patience_seconds: float = 2.0
    descriptors: Sequence[int] = ()
    identity: Identity | None = None

    @property
    def tied_command(self) -> list[str]:
        """The command line that ties the command to this process and takes its identity on."""
        who = f"{self.identity.user}:{self.identity.group}" if self.identity else "-"
        tie = [str(TIED), str(os.getpid()), str(int(self.stop_signal)), who]
        return [sys.executable, "-I", "-S", *tie, *self.command]

    def start(self, output: int) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, so that a Ctrl-C reaches only the parent.

        `output` is the file descriptor for what it writes. Call this in the main thread: the
        kernel ties the child's life to the thread that started it.
        """
        return subprocess.Popen(
            self.tied_command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(self.environment),
            cwd=self.directory,
            pass_fds=self.descriptors,
            start_new_session=True,
        )

    def finish(self, standard_input: str = "") -> None:
        """Run it to its end. Raise Refusal with its last words if it fails."""
        finished = subprocess.run(
            self.tied_command,
            input=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=dict(self.environment),
            cwd=self.directory,
            start_new_session=True,
            check=False,
        )
        if finished.returncode != 0:
            raise Refusal(f"{self.name} failed: {last_line(finished.stdout)}")


@dataclass
class RunningProgram:
    """A program run by hand, with its output in a file: for tests and one-off commands."""

    program: Program
    log: Path
    patience_seconds: float = 30.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it is ready. Raise Refusal with its last words if it is not."""
        with self.log.open("ab") as output:
            self.process = self.program.start(output.fileno())
        deadline = time.monotonic() + self.patience_seconds
        while not self.program.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                said = last_line(self.log.read_text("utf-8", "replace"))
                raise Refusal(f"{self.program.name} did not start: {said}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ask it to stop and wait; kill it if it does not."""
        if self.process is None:
            return
        self.process.send_signal(self.program.stop_signal)
        try:
            self.process.wait(self.program.patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it and what it started at once, as a crash would."""
        if self.process is not None:
            kill_group(self.process.pid)
            self.process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def kill_group(leader: int) -> None:
    """Kill a child and whatever else is left of the process group that it leads."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # Nothing is left, or only what macOS calls a zombie.


def last_line(output: str) -> str:
    """The last thing that was said, for an error of one line."""
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it said nothing"
