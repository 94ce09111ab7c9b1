"""The requirement files: in step with the dependencies they were made from, and hashed."""

import re

import pytest

from sloty_deploy.requirements import (
    FILES,
    UV_FILE,
    RequirementFile,
    fingerprint,
    recorded_fingerprint,
)

EVERY_FILE = (*FILES, UV_FILE)
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)


def pins(file: RequirementFile) -> dict[str, str]:
    return dict(PIN.findall(file.path.read_text()))


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda file: file.name)
def test_requirements_are_in_step_with_dependencies(file: RequirementFile) -> None:
    assert recorded_fingerprint(file) == fingerprint(file), "run ./sloty lock"


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_hashed(file: RequirementFile) -> None:
    for requirement in file.path.read_text().replace("\\\n", "").splitlines()[1:]:
        assert PIN.match(requirement)
        assert "--hash=sha256:" in requirement


@pytest.mark.parametrize("file", EVERY_FILE, ids=lambda file: file.name)
def test_requirements_name_no_host(file: RequirementFile) -> None:
    assert "://" not in file.path.read_text()


@pytest.mark.parametrize("file", FILES[1:], ids=lambda file: file.name)
def test_what_runs_is_what_is_tested(file: RequirementFile) -> None:
    assert pins(file).items() <= pins(FILES[0]).items()


def test_worker_is_installed_without_the_web() -> None:
    notifications = next(file for file in FILES if file.name == "notifications")
    assert not {"fastapi", "starlette", "uvicorn"} & pins(notifications).keys()
