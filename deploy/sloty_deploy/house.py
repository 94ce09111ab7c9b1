"""The checks that hold for every commit: format, lint, types, who imports whom, dependencies."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SERVICES = ("services/booking", "services/availability", "services/notifications")
MEMBERS = ("shared", *SERVICES, "deploy")
TOOLS = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """A tool to run in a folder of the checkout; it is content when it ends with 0."""

    name: str
    command: Sequence[str]
    folder: Path = CHECKOUT

    def run(self) -> subprocess.CompletedProcess[str]:
        """Run it; what it says comes back as text."""
        tool, *arguments = self.command
        return subprocess.run(
            [str(TOOLS / tool), *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


CHECKS = (
    Check("format", ["ruff", "format", "--check", "."]),
    Check("lint", ["ruff", "check", "."]),
    Check("types", ["mypy", *MEMBERS]),
    # Folders of tests are no packages, and several hold a conftest.py.
    Check("types of the tests", ["mypy", "--explicit-package-bases", "tests"]),
    Check("imports", ["lint-imports"]),
    *(Check(f"dependencies of {member}", ["deptry", "."], CHECKOUT / member) for member in MEMBERS),
)


def failed_checks() -> list[str]:
    """Run every check, show what those that fail say, and return their names."""
    failed = []
    for check in CHECKS:
        print(f"{check.name} ... ", end="", flush=True)
        finished = check.run()
        print("ok" if finished.returncode == 0 else f"FAILED\n{finished.stdout}", flush=True)
        if finished.returncode != 0:
            failed.append(check.name)
    return failed
