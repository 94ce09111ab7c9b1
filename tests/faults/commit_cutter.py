"""A relay in front of PostgreSQL that loses a connection at the COMMIT of one's choice."""

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, urlsplit

_COMMIT = b"COMMIT\x00"


class Cut(Enum):
    """When the connection is lost: before the server hears of the COMMIT, or after it answered."""

    BEFORE = "before"
    AFTER = "after"


def _nothing() -> None:
    pass


@dataclass
class CommitCutter:
    """Relays everything until it is armed; then the next COMMIT is the connection's last message.

    `before_losing` is called once the server has committed and before the client can know it.
    """

    listener: socket.socket
    server: str
    user: str
    database: str
    before_losing: Callable[[], None] = _nothing
    cuts: int = 0
    _armed: list[Cut] = field(default_factory=list)

    @property
    def url(self) -> str:
        port = self.listener.getsockname()[1]
        return (
            f"postgresql://{self.user}@127.0.0.1:{port}/{self.database}"
            "?sslmode=disable&gssencmode=disable"
        )

    def arm(self, cut: Cut) -> None:
        self._armed.append(cut)

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, suppress(OSError):
            server.connect(self.server)
            towards = {client: server, server: client}
            while True:
                for source in select.select(list(towards), [], [])[0]:
                    said = source.recv(65536)
                    if not said:
                        return
                    if source is client and said.endswith(_COMMIT) and (cut := self._next_cut()):
                        self._lose(cut, said, server)
                        return
                    towards[source].sendall(said)

    def _next_cut(self) -> Cut | None:
        """Connections that commit at one moment share what was armed."""
        with suppress(IndexError):
            return self._armed.pop()
        return None

    def _lose(self, cut: Cut, commit: bytes, server: socket.socket) -> None:
        """Both ends are closed after this, whatever came back."""
        self.cuts += 1
        if cut is Cut.AFTER:
            server.sendall(commit)
            server.recv(65536)
            self.before_losing()


@contextmanager
def commit_cutter(app_url: str) -> Iterator[CommitCutter]:
    """A relay to the database that `app_url` names by a Unix socket."""
    parts = urlsplit(app_url)
    folder = parse_qs(parts.query)["host"][0]
    listener = socket.create_server(("127.0.0.1", 0))
    cutter = CommitCutter(
        listener,
        server=f"{folder}/.s.PGSQL.{parts.port}",
        user=parts.username or "",
        database=parts.path.strip("/"),
    )
    thread = threading.Thread(target=cutter.serve, daemon=True)
    thread.start()
    try:
        yield cutter
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
