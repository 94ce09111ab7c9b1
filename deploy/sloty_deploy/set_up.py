"""Makes the environment that the command line runs in, then becomes the command line.

Run by path with nothing but Python's own library: set_up.py ROOT ENVIRONMENT STAMP ARGUMENTS...
Everything it makes is in ROOT/.tools; what fails is one line, and leaves nothing half-made.
"""

import contextlib
import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

MEMBERS = ("shared", "services/booking", "services/availability", "services/notifications")
STILL_WORKING_SECONDS = 10.0
STOPPED_BY_SIGNAL = 128
NO_VENV = (
    "Python's venv module is missing; install it, on Debian and Ubuntu with:"
    " apt install python3-venv"
)


class SetUpFailed(Exception):
    """The environment cannot be made; the message is one line."""


class SetUp:
    """One environment of the checkout: `run` for running Sloty, `test` for testing it."""

    def __init__(self, root: Path, environment: str) -> None:
        self.root = root
        self.tools = root / ".tools"
        self.environment = self.tools / environment
        self.requirements = root / "deploy" / "requirements" / f"{environment}.txt"

    def make(self) -> None:
        """Make the environment, or bring an older one up to date. Raises SetUpFailed."""
        (self.environment / "stamp").unlink(missing_ok=True)
        uv = self._uv()
        try:
            self._make_with_uv(uv)
        except SetUpFailed as problem:
            # pip may know of a mirror, or of certificates, that uv does not.
            say(f"uv did not manage ({problem}); trying pip")
            self._make_with_pip()

    def _uv(self) -> str:
        """Find uv on the PATH, or fetch it at its pinned version."""
        fetched = self.tools / "uv"
        found = shutil.which("uv") or shutil.which("uv", path=str(fetched / "bin"))
        if found:
            return found
        with _nothing_half_made(fetched):
            self._make_venv(fetched)
            self._pip(fetched, "Fetching uv", self.requirements.with_name("uv.txt"))
        return str(fetched / "bin" / "uv")

    def _make_with_uv(self, uv: str) -> None:
        python = str(self.environment / "bin" / "python")
        with _nothing_half_made(self.environment):
            if not (self.environment / "bin" / "python").exists():
                venv = [uv, "venv", "--clear", "--python", sys.executable, str(self.environment)]
                self._run(f"Making {self.environment.relative_to(self.root)}", venv)
            sync = [uv, "pip", "sync", "--python", python, "--require-hashes"]
            self._run("Fetching the locked packages", [*sync, str(self.requirements)])
            install = [uv, "pip", "install", "--python", python]
            self._run("Installing Sloty", [*install, *self._own_packages()])

    def _make_with_pip(self) -> None:
        shutil.rmtree(self.environment, ignore_errors=True)
        with _nothing_half_made(self.environment):
            self._make_venv(self.environment)
            self._pip(self.environment, "Fetching the locked packages", self.requirements)
            pip = [str(self.environment / "bin" / "python"), "-m", "pip", "install"]
            self._run("Installing Sloty", [*pip, *self._own_packages()])

    def _own_packages(self) -> list[str]:
        options = ["--no-deps", "--no-build-isolation"]
        return options + [part for member in (*MEMBERS, "deploy") for part in ("-e", f"./{member}")]

    def _make_venv(self, directory: Path) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
            raise SetUpFailed(NO_VENV)
        make = [sys.executable, "-I", "-m", "venv", "--clear", str(directory)]
        self._run(f"Making {directory.relative_to(self.root)}", make)

    def _pip(self, directory: Path, doing: str, requirements: Path) -> None:
        pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--retries", "2"]
        self._run(doing, [*pip, "--require-hashes", "-r", str(requirements)])

    def _run(self, doing: str, command: Sequence[str]) -> None:
        """Run one step, saying from time to time that it still runs; raise its last words."""
        say(doing)
        begun = time.monotonic()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [*self._tie, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                env=self._surroundings(),
                start_new_session=True,
            )
            try:
                while _still_runs(process):
                    say(f"{doing}: still at it after {time.monotonic() - begun:.0f} s")
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            if process.returncode != 0:
                output.seek(0)
                raise SetUpFailed(_cause(output.read().decode("utf-8", "replace"), doing))

    @property
    def _tie(self) -> list[str]:
        """Let a step die with us: what it would go on making nobody waits for."""
        tied = str(Path(__file__).with_name("tied.py"))
        return [sys.executable, "-I", "-S", tied, str(os.getpid()), str(int(signal.SIGKILL)), "-"]

    def _surroundings(self) -> dict[str, str]:
        """Let nothing be written outside the checkout, and no Python be fetched."""
        cache = self.tools / "cache"
        own = {"UV_CACHE_DIR": str(cache), "PIP_CACHE_DIR": str(cache / "pip")}
        fixed = {"UV_PYTHON_DOWNLOADS": "never", "PIP_NO_INPUT": "1", "PIP_USER": "0"}
        fixed |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        # Under pip, the packages' build backend looks for its own program on the PATH.
        path = os.pathsep.join((str(self.environment / "bin"), os.environ.get("PATH", os.defpath)))
        fixed |= {"PATH": path}
        return own | {name: value for name, value in os.environ.items() if value} | fixed


def say(text: str) -> None:
    """Show progress; standard error is kept for the one line that says what went wrong."""
    print(f"sloty: {text}", flush=True)


@contextlib.contextmanager
def _nothing_half_made(directory: Path) -> Iterator[None]:
    """Remove the folder again if it is new and what makes it fails or is interrupted."""
    is_new = not directory.exists()
    try:
        yield
    except BaseException:
        if is_new:
            shutil.rmtree(directory, ignore_errors=True)
        raise


def _still_runs(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(STILL_WORKING_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _cause(output: str, doing: str) -> str:
    """Tell in one line what a failed step said about itself: its error and what lay behind it."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [
        line
        for line in lines
        if line.lower().startswith(("error", "caused by", "\N{MULTIPLICATION SIGN}"))
    ]
    chosen = [*told[:1], *told[-1:]] if len(told) > 1 else told or lines[-1:]
    return f"{doing} did not work: {'; '.join(chosen) or 'no reason was given'}"


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Nothing runs yet, so `up` has stopped as it should; any other command was broken off."""
    sys.exit(0 if sys.argv[4:5] == ["up"] else STOPPED_BY_SIGNAL + number)


def _set_up(root: Path, environment: str, stamp: str) -> None:
    """Make the environment unless somebody else just did; two at once wait for each other."""
    tools = root / ".tools"
    tools.mkdir(exist_ok=True)
    with (tools / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./sloty that is setting up")
            fcntl.flock(lock, fcntl.LOCK_EX)
        kept = tools / environment / "stamp"
        if kept.exists() and kept.read_text() == f"{stamp}\n":
            return
        say(f"setting up in {tools}")
        SetUp(root, environment).make()
        kept.write_text(f"{stamp}\n")


def main() -> None:
    root_text, environment, stamp, *arguments = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    root = Path(root_text)
    try:
        _set_up(root, environment, stamp)
    except (SetUpFailed, OSError) as problem:
        sys.exit(f"sloty: {problem}")
    python = str(root / ".tools" / environment / "bin" / "python")
    os.execv(python, [python, "-P", "-m", "sloty_deploy", *arguments])  # noqa: S606 - Our own.


if __name__ == "__main__":
    main()
