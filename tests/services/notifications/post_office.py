"""A mail server that does what a test tells it to, and keeps every mail that it was handed."""

import asyncio
import socket
import threading
import time
from collections import deque
from email import message_from_string, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "drop the connection without an answer"


class PostOffice:
    """A real SMTP server on a port of its own.

    Answers are taken from `to_recipient` and `to_data`, in order, and are acceptance when these
    are empty. `pause` is how long it thinks, in seconds, before it answers DATA.
    """

    def __init__(self, *, smtputf8: bool = True, pipelining: bool = False, port: int = 0) -> None:
        self.to_recipient: deque[str] = deque()
        self.to_data: deque[str] = deque()
        self.pause = 0.0
        self.handed: list[EmailMessage] = []
        self.accepted: list[EmailMessage] = []
        self.connections = 0
        self._smtputf8 = smtputf8
        self._pipelining = pipelining
        self._socket = socket.create_server(("127.0.0.1", port))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def forget(self) -> None:
        """Begin anew: no mails, and no answers but acceptance."""
        for kept in (self.handed, self.accepted, self.to_recipient, self.to_data):
            kept.clear()
        self.pause = 0.0

    def wait_until_handed(self, count: int, within_seconds: float = 30.0) -> None:
        deadline = time.monotonic() + within_seconds
        while len(self.handed) < count:
            assert time.monotonic() < deadline, f"{len(self.handed)} of {count} mails came"
            time.sleep(0.02)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_EHLO(  # noqa: N802 - The server looks the method up by this name.
        self, _server: SMTP, session: Session, _: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        session.host_name = name
        return ["250-PIPELINING", *answers] if self._pipelining else answers

    async def handle_RCPT(  # noqa: N802 - As above.
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        answer = self.to_recipient.popleft() if self.to_recipient else "250 OK"
        if answer == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 - As above.
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = (envelope.original_content or b"").decode("utf-8")
        mail = message_from_string(content, _class=EmailMessage, policy=policy.default)
        self.handed.append(mail)
        await asyncio.sleep(self.pause)
        answer = self.to_data.popleft() if self.to_data else "250 OK"
        if answer == DROP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif answer.startswith("250"):
            self.accepted.append(mail)
        return answer

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(self._session, sock=self._socket)
        )
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))

    def _session(self) -> SMTP:
        self.connections += 1
        return SMTP(self, loop=self._loop, hostname="test", enable_SMTPUTF8=self._smtputf8)
