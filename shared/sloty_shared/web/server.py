"""Serving an application: one process, on a port of its own or on a socket it inherits."""

import os
import signal
import socket
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from sloty_shared.garbage import starting

LISTEN_FD = "SLOTY_LISTEN_FD"
BACKLOG = 2048
# A supervisor waits 10 s before it kills.
GRACEFUL_STOP_SECONDS = 8
# Longer than gateways keep their connections to us, so that they are the ones to close.
KEEP_ALIVE_SECONDS = 75
MAX_HEAD_BYTES = 64 * 1024
# In the state of a lifespan: what to call with the first bytes of requests as they come, and in that
# of a request what it returned. `Callable[[bytes], object]`
FORESEE = "sloty.foresee"
FORESEEN = "sloty.foreseen"
_HEAD_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


def serve(app_path: str, *, host: str, port: int) -> None:
    """Serve `package.module:application` until SIGTERM or SIGINT, then end with exit status 0.

    Running requests have eight seconds to finish. With `SLOTY_LISTEN_FD` set, that inherited
    listening socket is used instead of `host` and `port`. A port that is taken ends the process
    with one line.
    """
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop_signal, _stop)
    listener = _listener(host, port)
    config = uvicorn.Config(
        app_path,
        loop="uvloop",
        http=_Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_STOP_SECONDS,
    )
    with starting():
        config.load()
    uvicorn.Server(config).run(sockets=[listener])


def _stop(_signal: int, _frame: FrameType | None) -> None:
    # Before the server listens this ends the start; afterwards the server raises its signal again.
    raise SystemExit(0)


def _listener(host: str, port: int) -> socket.socket:
    inherited = os.environ.get(LISTEN_FD)
    if inherited is not None:
        try:
            return socket.socket(fileno=int(inherited))
        except (ValueError, OSError):
            raise SystemExit(f"{LISTEN_FD}: {inherited} is not an open socket") from None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise SystemExit(
            f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}"
        ) from None


class _Connection(HttpToolsProtocol):
    """Lets the application begin before a request is read.

    Hangs up on a head that does not end: the parser alone would keep any amount of it.
    """

    _in_head = False
    _head_bytes = 0
    _foreseen: object = None

    def on_message_begin(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()
        # Whatever follows in the same bytes comes after the answer to this.
        self.scope["state"][FORESEEN], self._foreseen = self._foreseen, None

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        self._foreseen = None if self._in_head else self._foresee(data)
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.transport.write(_HEAD_TOO_LARGE)
                self.transport.close()

    def _foresee(self, arriving: bytes) -> object:
        foresee = self.app_state.get(FORESEE)
        answering: RequestResponseCycle | None = self.cycle
        # What is sent before the last answer has come is to see what that request did.
        is_early = answering is not None and not answering.response_complete
        return None if foresee is None or is_early else foresee(arriving)
