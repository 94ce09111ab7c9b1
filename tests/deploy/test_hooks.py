"""The git hooks: installed for this checkout, and never in the place of somebody else's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sloty_deploy.hooks import install
from sloty_deploy.refusal import Refusal

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def test_hook_runs_the_checks_before_a_commit(repository: Path) -> None:
    for _ in range(2):
        hook = install(repository)
    assert hook == repository / ".git/hooks/pre-commit"
    assert os.access(hook, os.X_OK)
    assert "./sloty check" in hook.read_text()


def test_hook_of_somebody_else_stays(repository: Path) -> None:
    hook = repository / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n")
    with pytest.raises(Refusal, match="is not ours"):
        install(repository)
    assert hook.read_text() == "#!/bin/sh\n"


def test_folder_without_git_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is no git checkout"):
        install(tmp_path)
