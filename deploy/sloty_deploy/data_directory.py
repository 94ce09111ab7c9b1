"""The data directory of one running Sloty: who holds it, its secret, its child processes."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from sloty_deploy.program import kill_group
from sloty_deploy.refusal import Refusal

SECRET_BYTES = 32
LEFTOVER_PATIENCE_SECONDS = 5.0
# Start times are counted in hundredths of a second since the machine started.
SAME_START_SECONDS = 0.05


class DataDirectory:
    """A folder that one `./sloty up` holds at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @contextmanager
    def held(self) -> Iterator[list[str]]:
        """Hold the folder, making it if need be; a crash lets go of it.

        What a run that was killed left running is ended; the names of it are handed in. Raises Refusal when it is held already or cannot be written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+")
        except OSError as problem:
            raise Refusal(f"{self.path} cannot be used: {problem.strerror}") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise Refusal(
                    f"{self.path} is in use by process {lock.read().strip()};"
                    " stop it or choose another --data-dir"
                ) from None
            lock.truncate(0)
            lock.write(f"{os.getpid()}\n")
            lock.flush()
            self.withdraw()
            yield self._end_leftovers()

    def secret_key(self) -> str:
        """The signing key of this folder, made once."""
        kept = self.path / "secret-key"
        if not kept.exists():
            _write_whole(kept, secrets.token_urlsafe(SECRET_BYTES))
        return kept.read_text().strip()

    @property
    def addresses(self) -> Path:
        """Where programs read the URLs of what runs here, while all of it is up."""
        return self.path / "addresses.json"

    def announce(self, urls: Mapping[str, str]) -> None:
        """Say that everything is up, and where."""
        _write_whole(self.addresses, json.dumps(urls, indent=1))

    def withdraw(self) -> None:
        """Say that not everything is up."""
        self.addresses.unlink(missing_ok=True)

    def remember_processes(self, processes: Mapping[str, int]) -> None:
        """Keep who was started here, by name, so that the start after a crash can end them."""
        found = {}
        for name, process_id in processes.items():
            try:
                found[name] = {"pid": process_id, "started": _started(process_id)}
            except psutil.NoSuchProcess:
                continue
        _write_whole(self._processes, json.dumps(found, indent=1))

    def processes(self) -> dict[str, int]:
        """Ids by name of the processes started here that still live."""
        try:
            kept = json.loads(self._processes.read_text())
        except (OSError, ValueError):
            return {}
        return {
            name: entry["pid"]
            for name, entry in kept.items()
            if _is_same(entry["pid"], entry["started"])
        }

    def _end_leftovers(self) -> list[str]:
        left = self.processes()
        alive = [psutil.Process(process_id) for process_id in left.values()]
        for process in alive:
            process.terminate()
        _, stubborn = psutil.wait_procs(alive, LEFTOVER_PATIENCE_SECONDS)
        for process in stubborn:
            kill_group(process.pid)
        psutil.wait_procs(stubborn, LEFTOVER_PATIENCE_SECONDS)
        return list(left)

    @property
    def _processes(self) -> Path:
        return self.path / "processes.json"


def _write_whole(path: Path, text: str) -> None:
    """Write a file for its owner's eyes that others see whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.rename(path)


def _started(process_id: int) -> float:
    """Seconds from the machine's start to the process's: no change of the clock moves it."""
    return float(psutil.Process(process_id).create_time() - psutil.boot_time())


def _is_same(process_id: int, started: float) -> bool:
    """Whether the process still is the one that started then, and not a new one by its id."""
    try:
        if psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(_started(process_id) - started) < SAME_START_SECONDS
    except psutil.NoSuchProcess:
        return False
