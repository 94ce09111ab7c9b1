"""The checks that hold for every commit: format, lint, types, who imports whom, dependencies."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
MEMBERS = (
    "shared",
    "services/booking",
    "services/availability",
    "services/notifications",
    "deploy",
)
SCRIPTS = Path(sys.executable).parent


def checks() -> dict[str, tuple[Sequence[str], Path]]:
    """Every check by name: its command line and the folder it runs in."""
    found: dict[str, tuple[Sequence[str], Path]] = {
        "format": ([_tool("ruff"), "format", "--check", "."], CHECKOUT),
        "lint": ([_tool("ruff"), "check", "."], CHECKOUT),
        "types": ([_tool("mypy"), *MEMBERS, "tests"], CHECKOUT),
        "imports": ([_tool("lint-imports")], CHECKOUT),
    }
    for member in MEMBERS:
        found[f"dependencies of {member}"] = ([_tool("deptry"), "."], CHECKOUT / member)
    return found


def failed_checks() -> list[str]:
    """Run every check, showing what it says, and return the names of those that failed."""
    failed = []
    for name, (command, folder) in checks().items():
        print(f"== {name}", flush=True)
        if subprocess.run(command, cwd=folder, check=False).returncode != 0:
            failed.append(name)
    return failed


def _tool(name: str) -> str:
    return str(SCRIPTS / name)
