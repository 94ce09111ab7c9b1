"""The hashed requirement files: made from the pyproject.toml files, and in step with them."""

import hashlib
import json
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sloty_deploy.refusal import Refusal

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "deploy" / "requirements"
OLDEST_PYTHON = "3.11"
UV = "uv>=0.13.9,<0.14"
OWN_PACKAGES = ("shared", "booking", "availability", "notifications", "deploy")
HEADER = "# Made by ./sloty lock. Fingerprint of what it was made from: "


@dataclass(frozen=True)
class RequirementFile:
    """One thing that is installed: its file, and the members whose dependencies it holds."""

    name: str
    members: Sequence[str]
    with_test_group: bool = False
    extras: Sequence[str] = ()

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.txt"


SERVICES = ("services/booking", "services/availability", "services/notifications")
# The largest comes first: the others take its versions.
TEST = RequirementFile("test", ("deploy", *SERVICES, "shared"), with_test_group=True)
FILES = (
    TEST,
    RequirementFile("run", ("deploy", *SERVICES, "shared")),
    # The images can export traces, so that their operators need only name a collector.
    *(
        RequirementFile(member.rsplit("/")[-1], (member, "shared"), extras=("otel",))
        for member in SERVICES
    ),
)
UV_FILE = RequirementFile("uv", ())


def fingerprint(file: RequirementFile) -> str:
    """Digest of every table that the file's content follows from."""
    tables: dict[str, Any] = {"uv": UV, "python": OLDEST_PYTHON, "extras": list(file.extras)}
    for member in file.members:
        tables[member] = _dependency_tables(CHECKOUT / member / "pyproject.toml")
    if file.with_test_group:
        tables["test"] = _read(CHECKOUT / "pyproject.toml")["dependency-groups"]["test"]
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def recorded_fingerprint(file: RequirementFile) -> str:
    """The digest that stands in the file."""
    first_line = file.path.read_text().partition("\n")[0]
    return first_line.removeprefix(HEADER)


def lock(*, upgrade: bool) -> None:
    """Write every requirement file anew; this needs the network. Raises Refusal."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(CHECKOUT / ".tools" / "uv" / "bin"))
    if uv is None:
        raise Refusal("uv is neither on the PATH nor in .tools/uv")
    for file in (*FILES, UV_FILE):
        print(f"Locking {file.path.relative_to(CHECKOUT)}", flush=True)
        _compile(uv, file, upgrade=upgrade)
        content = file.path.read_text().removeprefix(_first_line(file))
        file.path.write_text(f"{HEADER}{fingerprint(file)}\n{content}")


def _compile(uv: str, file: RequirementFile, *, upgrade: bool) -> None:
    """Resolve for every platform; versions that stand in the file stay unless upgraded."""
    options = ["--universal", "--generate-hashes", "--python-version", OLDEST_PYTHON, "--quiet"]
    options += ["--no-emit-index-url", "--no-annotate", "--no-header"]
    for package in OWN_PACKAGES:
        options += ["--no-emit-package", f"sloty-{package}"]
    if file.with_test_group:
        options += ["--group", "pyproject.toml:test"]
    for extra in file.extras:
        options += ["--extra", extra]
    if file not in (TEST, UV_FILE):
        options += ["-c", str(TEST.path)]
    if upgrade:
        options += ["--upgrade"]
    sources = [f"{file.members[0]}/pyproject.toml"] if file.members else []
    command = [uv, "pip", "compile", *options, *sources, "-", "-o", str(file.path)]
    found = subprocess.run(
        command,
        input="\n".join(_extra_requirements(file)),
        cwd=CHECKOUT,
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if found.returncode != 0:
        raise Refusal(f"uv could not resolve {file.name}: {found.stderr.strip()}")


def _extra_requirements(file: RequirementFile) -> list[str]:
    """What is installed besides the members' own dependencies: what builds them."""
    if not file.members:
        return [UV]
    return list(_read(CHECKOUT / file.members[0] / "pyproject.toml")["build-system"]["requires"])


def _dependency_tables(path: Path) -> dict[str, Any]:
    content = _read(path)
    project = content["project"]
    wanted = ("requires-python", "dependencies", "optional-dependencies")
    return {name: project.get(name) for name in wanted} | {"build": content["build-system"]}


def _first_line(file: RequirementFile) -> str:
    """The header, when the compiler left it in place."""
    first = file.path.read_text().partition("\n")[0]
    return f"{first}\n" if first.startswith(HEADER) else ""


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
