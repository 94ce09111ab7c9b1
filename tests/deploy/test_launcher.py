"""The launcher: what is missing is one clear line, and nothing half-made is left behind."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sloty_deploy.commands import app
from sloty_deploy.waiting import wait_for

NEEDED = ("sloty", "pyproject.toml", "deploy/pyproject.toml", "deploy/requirements")
SET_UP = ("deploy/sloty_deploy/set_up.py", "deploy/sloty_deploy/tied.py")
# What a POSIX system has besides a shell and Python.
SYSTEM_TOOLS = ("cat", "chmod", "cksum", "mkdir", "sleep")
# No test of the launcher fetches anything.
NO_INDEX = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9/"}
REAL_PYTHON = Path(sys.executable).resolve()
# It takes uv's commands as far as the set-up needs them, and makes a Python that tells its tale.
STAND_IN_UV = """\
#!/bin/sh
echo "$*" >> "{log}"
[ "$1" = pip ] && {{ sleep {seconds}; exit {status}; }}
for environment; do :; done
mkdir -p "$environment/bin"
printf '#!/bin/sh\\necho "became $*"\\n' > "$environment/bin/python"
chmod +x "$environment/bin/python"
"""
WITHOUT_ENSUREPIP = """\
#!/bin/sh
[ "$1" = -c ] && exec "{python}" "$@"
shift
exec "{python}" -I -c 'import runpy, sys
sys.modules["ensurepip"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")' "$@"
"""


class Checkout:
    """A copy of what the launcher reads, in a path with spaces, on a machine with few tools."""

    def __init__(self, folder: Path, original: Path) -> None:
        self.root = folder / "a checkout with spaces"
        self.programs = folder / "bin"
        self.log = folder / "log"
        self.environment = {"PATH": str(self.programs), "HOME": "", **NO_INDEX}
        self.programs.mkdir()
        for tool in SYSTEM_TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool) or tool)
        for name in (*NEEDED, *SET_UP):
            copy = self.root / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            source = original / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy)

    @property
    def tools(self) -> Path:
        return self.root / ".tools"

    def install(self, name: str, script: str) -> None:
        program = self.programs / name
        program.write_text(script)
        program.chmod(0o755)

    def install_python(self) -> None:
        (self.programs / "python3").symlink_to(REAL_PYTHON)

    def install_uv(self, *, seconds: float = 0, status: int = 0) -> None:
        self.install("uv", STAND_IN_UV.format(log=self.log, seconds=seconds, status=status))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "sloty"), *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


@pytest.fixture
def copy(tmp_path: Path, checkout: Path) -> Checkout:
    return Checkout(tmp_path, checkout)


def assert_refused(finished: subprocess.CompletedProcess[str], words: str) -> None:
    assert finished.returncode != 0
    assert words in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_old_python_is_refused_in_one_line(copy: Checkout) -> None:
    copy.install("python3", "#!/bin/sh\necho 3.9\n")
    finished = copy.run("up")
    assert_refused(finished, "Python 3.11 or newer is needed")
    assert "python3 is 3.9" in finished.stderr
    assert not copy.tools.exists()


def test_missing_python_is_refused_in_one_line(copy: Checkout) -> None:
    assert_refused(copy.run("test"), "Python 3.11 or newer is needed")


def test_missing_venv_module_is_refused_in_one_line(copy: Checkout) -> None:
    copy.install("python3", WITHOUT_ENSUREPIP.format(python=REAL_PYTHON))
    assert_refused(copy.run("up"), "venv module is missing")
    assert not (copy.tools / "uv").exists()
    assert not (copy.tools / "run").exists()


def test_index_out_of_reach_is_refused_in_one_line(copy: Checkout) -> None:
    copy.install_python()
    assert_refused(copy.run("up"), "Fetching uv did not work")
    assert not (copy.tools / "uv").exists()
    assert not (copy.tools / "run").exists()


def test_first_use_sets_up_and_later_ones_do_not(copy: Checkout) -> None:
    copy.install_python()
    copy.install_uv()
    assert copy.run("demo", "--help").stdout.endswith("became -P -m sloty_deploy demo --help\n")
    steps = copy.log.read_text()
    (copy.programs / "python3").unlink()
    assert copy.run("up").stdout == "became -P -m sloty_deploy up\n"
    assert copy.log.read_text() == steps


def test_changed_requirements_are_installed_anew(copy: Checkout) -> None:
    copy.install_python()
    copy.install_uv()
    copy.run("up")
    with (copy.root / "deploy/requirements/run.txt").open("a") as requirements:
        requirements.write("# changed\n")
    assert "Fetching the locked packages" in copy.run("up").stdout


def test_tests_run_in_an_environment_of_their_own(copy: Checkout) -> None:
    copy.install_python()
    copy.install_uv()
    copy.run("test")
    assert (copy.tools / "test" / "stamp").exists()
    assert not (copy.tools / "run").exists()


def test_two_at_once_set_up_once(copy: Checkout) -> None:
    copy.install_python()
    copy.install_uv(seconds=0.5)
    results: list[subprocess.CompletedProcess[str]] = []
    both = [threading.Thread(target=lambda: results.append(copy.run("up"))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [result.returncode for result in results] == [0, 0]
    assert copy.log.read_text().count("pip sync") == 1


@pytest.mark.parametrize(("command", "status"), [("up", 0), ("demo", 128 + signal.SIGTERM)])
def test_interrupted_set_up_leaves_nothing(copy: Checkout, command: str, status: int) -> None:
    copy.install_python()
    copy.install_uv(seconds=60)
    process = copy.start(command)
    wait_for(
        lambda: copy.log.exists() and "pip sync" in copy.log.read_text(),
        within_seconds=20,
        otherwise="The set-up did not begin",
    )
    process.terminate()
    process.communicate(timeout=20)
    assert process.returncode == status
    assert not (copy.tools / "run").exists()


def test_killed_set_up_holds_up_nobody(copy: Checkout) -> None:
    copy.install_python()
    copy.install_uv(seconds=60)
    process = copy.start("up")
    wait_for(
        lambda: copy.log.exists() and "pip sync" in copy.log.read_text(),
        within_seconds=20,
        otherwise="The set-up did not begin",
    )
    process.kill()
    process.communicate(timeout=20)
    copy.install_uv()
    assert copy.run("up").returncode == 0


def test_nothing_of_the_users_python_leaks_in(copy: Checkout, tmp_path: Path) -> None:
    copy.install_python()
    copy.install_uv()
    (tmp_path / "fcntl.py").write_text("raise SystemExit('the wrong fcntl')")
    copy.environment |= {"PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nonexistent"}
    assert copy.run("up").returncode == 0


def test_help_needs_nothing_and_names_every_command(copy: Checkout) -> None:
    finished = copy.run("--help")
    assert finished.returncode == 0
    named = {line.split()[0] for line in finished.stdout.splitlines() if line.startswith("  ")}
    assert named == commands()


def commands() -> set[str]:
    single = {
        str(command.name or command.callback.__name__)
        for command in app.registered_commands
        if command.callback
    }
    return single | {str(group.name) for group in app.registered_groups}
