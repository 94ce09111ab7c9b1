"""Git hooks of this checkout: before each commit, what the test suite checks of every commit."""

import subprocess
from pathlib import Path

from sloty_deploy.refusal import Refusal

CHECKOUT = Path(__file__).parents[2]
MARK = "# Installed by ./sloty hooks."
PRE_COMMIT = f"""\
#!/bin/sh
{MARK}
exec ./sloty check
"""


def install(checkout: Path = CHECKOUT) -> Path:
    """Install the hook and return its path. Raises Refusal when another hook is in its place."""
    asked = subprocess.run(
        ["git", "rev-parse", "--git-path", "hooks"],  # noqa: S607 - The developer's own git.
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode != 0:
        raise Refusal(f"{checkout} is no git checkout")
    hook = checkout / asked.stdout.strip() / "pre-commit"
    if hook.exists() and MARK not in hook.read_text("utf-8", "replace"):
        raise Refusal(f"{hook} is not ours; add './sloty check' to it by hand")
    hook.parent.mkdir(parents=True, exist_ok=True)
    hook.write_text(PRE_COMMIT)
    hook.chmod(0o755)
    return hook
