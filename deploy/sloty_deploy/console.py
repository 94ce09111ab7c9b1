"""What the terminal shows: our own lines and those of the children, each under its name.

A terminal that stands still must not stop the children that write to it. So a thread of its own
does the writing, and what it cannot keep up with is left out and counted.
"""

import os
import queue
import select
import threading

NAME_WIDTH = 13
WAITING_LINES = 10_000
LAST_WRITES_SECONDS = 1.0
COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)


class Console:
    """Lines to one file descriptor; `say` and `relay` never block."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._coloured = os.isatty(descriptor) and "NO_COLOR" not in os.environ
        self._names: list[str] = []
        self._waiting: queue.Queue[bytes | None] = queue.Queue(WAITING_LINES)
        self._left_out = 0
        self._writer = threading.Thread(target=self._write_waiting, daemon=True)
        self._writer.start()

    def say(self, text: str) -> None:
        """Show a line, or several, of our own."""
        for line in text.split("\n"):
            self._put(line)

    def relay(self, name: str, line: str) -> None:
        """Show a line of the child `name`."""
        prefix = f"{name:<{NAME_WIDTH}}|"
        if self._coloured:
            if name not in self._names:
                self._names.append(name)
            colour = COLOURS[self._names.index(name) % len(COLOURS)]
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        self._put(f"{prefix} {line}")

    def close(self) -> None:
        """Write what is still waiting, but wait only a moment for a terminal that stands still."""
        try:
            self._waiting.put(None, timeout=LAST_WRITES_SECONDS)
        except queue.Full:
            return
        self._writer.join(LAST_WRITES_SECONDS)

    def _put(self, line: str) -> None:
        if self._left_out:
            line = f"({self._left_out} lines left out)\n{line}"
        try:
            self._waiting.put_nowait(f"{line}\n".encode("utf-8", "replace"))
        except queue.Full:
            self._left_out += 1
        else:
            self._left_out = 0

    def _write_waiting(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                self._write(line)
            except OSError:
                continue  # Nobody reads any more: go on without them.

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:
                select.select([], [self._descriptor], [])
