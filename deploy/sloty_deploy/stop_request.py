"""A request to stop, by Ctrl-C or a signal, whenever it comes and however often."""

import asyncio
import contextlib
import signal
from types import FrameType


class StopRequest:
    """Turns SIGINT, SIGTERM and SIGHUP into an orderly end with exit status 0.

    Before `wait` there is nothing to stop, so the process just ends.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def attend(self) -> None:
        """Say that from now on, in this event loop, somebody waits for the request."""
        self._loop = asyncio.get_running_loop()

    async def wait(self) -> None:
        await self._event.wait()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._loop is None:
            raise SystemExit(0)
        with contextlib.suppress(RuntimeError):  # The loop is closed: the end is near already.
            self._loop.call_soon_threadsafe(self._event.set)
