"""The embedded mailbox as its parent sees it: two listening sockets, a folder and a process."""

import socket
import sys
from pathlib import Path

from sloty_deploy.listening import LOOPBACK, free_port, listen
from sloty_deploy.mail_store import MailStore
from sloty_deploy.program import Program

ANSWER_TIMEOUT_SECONDS = 1


class EmbeddedMailbox:
    """A mail server that keeps every mail in `directory`, on ports it keeps over restarts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.mails = MailStore(self.directory)
        self._smtp: socket.socket | None = None
        self._pages: socket.socket | None = None

    def prepare(self, environment: dict[str, str]) -> Program:
        """Listen on both ports, the last ones if they are still free; say how to serve them."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._smtp = self._listen("smtp.port")
        self._pages = self._listen("pages.port")
        descriptors = [self._smtp.fileno(), self._pages.fileno()]
        arguments = [str(self.directory), *(str(descriptor) for descriptor in descriptors)]
        return Program(
            name="mailbox",
            command=[sys.executable, "-m", "sloty_deploy.mailbox", *arguments],
            environment=environment,
            directory=self.directory,
            is_ready=self._answers,
            descriptors=descriptors,
        )

    @property
    def smtp_url(self) -> str:
        """Where to send mail, once `prepare` has run."""
        return f"smtp://{LOOPBACK}:{_port(self._smtp)}"

    @property
    def page_url(self) -> str:
        """Where a browser sees the mails, once `prepare` has run."""
        return f"http://{LOOPBACK}:{_port(self._pages)}"

    def close(self) -> None:
        for listener in (self._smtp, self._pages):
            if listener is not None:
                listener.close()

    def _listen(self, name: str) -> socket.socket:
        kept = self.directory / name
        last = int(kept.read_text()) if kept.exists() else None
        port = free_port(last)
        kept.write_text(f"{port}\n")
        return listen(LOOPBACK, port, "The mailbox")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(
                (LOOPBACK, _port(self._smtp)), ANSWER_TIMEOUT_SECONDS
            ) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False


def _port(listener: socket.socket | None) -> int:
    if listener is None:
        raise RuntimeError("The mailbox is not prepared")
    return int(listener.getsockname()[1])
