"""Keeps child processes running: starts them in order, again when they die, and stops them all."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil

from sloty_deploy.console import Console
from sloty_deploy.program import Program, kill_group
from sloty_deploy.refusal import Refusal

PR_SET_CHILD_SUBREAPER = 36
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 5.0
# A child that ran this long starts again at once when it dies.
SETTLED_SECONDS = 30.0
START_SECONDS = 60.0
DEATHS_AT_START = 3
POLL_SECONDS = 0.05
STOP_SECONDS = 13.5
# What each stage that is still to stop keeps of the time, however long those before it take.
RESERVED_SECONDS = 0.7
CHUNK_BYTES = 65_536


@dataclass
class Child:
    """A program under the supervisor's care and its present process."""

    program: Program
    stage: int
    process: subprocess.Popen[bytes] | None = None
    exited: asyncio.Event = field(default_factory=asyncio.Event)
    deaths: int = 0
    last_words: str = "it said nothing"
    keeper: asyncio.Task[None] | None = None

    @property
    def is_alive(self) -> bool:
        return self.process is not None and not self.exited.is_set()


class Supervisor:
    """Children in stages: what starts later stops earlier. Runs in the main thread's event loop.

    `on_change` is told the process ids by name whenever one starts or ends.
    """

    def __init__(self, console: Console, on_change: Callable[[Mapping[str, int]], None]) -> None:
        self._console = console
        self._on_change = on_change
        self._children: list[Child] = []
        self._orphans: set[int] = set()
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGCHLD, self._notice_exits)
        _adopt_orphans()

    def launch(self, program: Program, stage: int) -> Child:
        """Start a program and keep it running; `until_ready` waits for it."""
        child = Child(program, stage)
        self._children.append(child)
        child.keeper = self._loop.create_task(self._keep_running(child))
        return child

    async def start(self, program: Program, stage: int) -> None:
        """Start a program and wait until it is ready. Raise Refusal when it does not come up."""
        await self.until_ready(self.launch(program, stage))

    async def until_ready(self, child: Child) -> None:
        """Wait until a child is ready. Raise Refusal with its last words when it is not."""
        deadline = self._loop.time() + START_SECONDS
        while not await asyncio.to_thread(child.program.is_ready):
            if child.deaths >= DEATHS_AT_START or self._loop.time() > deadline:
                raise Refusal(f"{child.program.name} did not start: {child.last_words}")
            await asyncio.sleep(POLL_SECONDS)

    async def run_once(self, program: Program, stage: int) -> None:
        """Run a program to its end. Raise Refusal with its last words when it fails."""
        child = Child(program, stage)
        self._children.append(child)
        self._spawn(child)
        await child.exited.wait()
        self._children.remove(child)
        if child.process is not None and child.process.returncode != 0:
            raise Refusal(child.last_words)

    async def stop(self) -> None:
        """Stop everything, the latest started first; what hangs is killed."""
        for child in self._children:
            if child.keeper is not None:
                child.keeper.cancel()
        deadline = self._loop.time() + STOP_SECONDS
        stages = sorted({child.stage for child in self._children}, reverse=True)
        for still_to_stop, stage in zip(reversed(range(len(stages))), stages, strict=True):
            await self._stop_stage(stage, deadline - still_to_stop * RESERVED_SECONDS)
        self._end_orphans()
        while self._orphans and self._loop.time() < deadline:  # noqa: ASYNC110 - They are few.
            await asyncio.sleep(POLL_SECONDS)

    async def _stop_stage(self, stage: int, latest: float) -> None:
        ours = [child for child in reversed(self._children) if child.stage == stage]
        alive = [child for child in ours if child.is_alive]
        if not alive:
            return
        self._console.say("Stopping " + ", ".join(child.program.name for child in alive))
        patience = max(child.program.patience_seconds for child in alive)
        for child in alive:
            if child.process:
                child.process.send_signal(child.program.stop_signal)
        exits = [asyncio.ensure_future(child.exited.wait()) for child in alive]
        await asyncio.wait(exits, timeout=min(patience, max(0.0, latest - self._loop.time())))
        for child in alive:
            if child.is_alive and child.process:
                self._console.say(f"{child.program.name} hangs and is killed")
                kill_group(child.process.pid)
        await asyncio.wait(exits, timeout=RESERVED_SECONDS)

    async def _keep_running(self, child: Child) -> None:
        delay = FIRST_DELAY_SECONDS
        while True:
            started = self._loop.time()
            try:
                self._spawn(child)
                await child.exited.wait()
            except OSError as problem:
                child.last_words = f"it cannot be started: {problem.strerror}"
            child.deaths += 1
            if self._loop.time() - started > SETTLED_SECONDS:
                delay = FIRST_DELAY_SECONDS
            again = f"it is started again in {delay:.1f} s"
            self._console.say(f"{child.program.name} {_ending(child)}; {again}")
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)

    def _spawn(self, child: Child) -> None:
        reading, writing = os.pipe()
        child.exited.clear()
        try:
            child.process = child.program.start(writing)
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        self._loop.add_reader(reading, self._relay, child, reading, bytearray())
        self._tell()

    def _relay(self, child: Child, reading: int, unfinished: bytearray) -> None:
        """Pass on what a child wrote, line by line; a line without end is cut."""
        try:
            chunk = os.read(reading, CHUNK_BYTES)
        except BlockingIOError:
            return
        unfinished += chunk
        if not chunk:
            self._loop.remove_reader(reading)
            os.close(reading)
        *lines, rest = bytes(unfinished).split(b"\n")
        if rest and (not chunk or len(rest) >= CHUNK_BYTES):
            lines.append(rest)
            rest = b""
        unfinished[:] = rest
        for line in lines:
            self._relay_line(child, line.decode("utf-8", "replace").rstrip())

    def _relay_line(self, child: Child, line: str) -> None:
        if line:
            child.last_words = line
            self._console.relay(child.program.name, line)

    def _notice_exits(self) -> None:
        """Take leave of children that ended, and of whatever they had started themselves."""
        for process_id in list(self._orphans):
            if _reap(process_id):
                self._orphans.discard(process_id)
        for child in self._children:
            if child.is_alive and child.process and child.process.poll() is not None:
                kill_group(child.process.pid)
                self._end_orphans()
                child.exited.set()
                self._tell()

    def _end_orphans(self) -> None:
        """Kill our direct children that we did not start: their parent died."""
        known = {child.process.pid for child in self._children if child.process}
        for process in psutil.Process().children():
            if process.pid not in known:
                self._orphans.add(process.pid)
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, signal.SIGKILL)

    def _tell(self) -> None:
        self._on_change(
            {
                child.program.name: child.process.pid
                for child in self._children
                if child.process is not None and child.is_alive
            }
        )


def _ending(child: Child) -> str:
    code = child.process.returncode if child.process else None
    if code is None:
        return child.last_words
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"


def _reap(process_id: int) -> bool:
    """Whether an adopted process is gone for good."""
    try:
        return os.waitpid(process_id, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _adopt_orphans() -> None:
    """Become the parent of what dead children leave behind, where the kernel offers that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
