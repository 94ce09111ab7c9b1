"""The worker and beat as real processes, as an operator runs them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from sloty_deploy.program import Program, RunningProgram

CELERY = (sys.executable, "-m", "celery", "-A", "sloty_notifications.worker")
TICK_SECONDS = 1
LEASE_SECONDS = 3


@dataclass(frozen=True)
class Station:
    """Starts processes that share a database, a broker and a mail server."""

    app_url: str
    broker_url: str
    smtp_url: str
    directory: Path
    changes: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    def named(self, prefix: str) -> Self:
        """The same for further processes, whose names begin with this."""
        return replace(self, prefix=f"{prefix}-")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONUNBUFFERED": "1",
            "SLOTY_APP_DATABASE_URL": self.app_url,
            "SLOTY_BROKER_URL": self.broker_url,
            "SLOTY_SMTP_URL": self.smtp_url,
            "SLOTY_SECRET_KEY": "a key for tests alone",
            "SLOTY_REMINDER_TICK_SECONDS": str(TICK_SECONDS),
            "SLOTY_LEASE_SECONDS": str(LEASE_SECONDS),
            "SLOTY_WEBHOOK_ALLOW_PRIVATE": "1",
            **self.changes,
        }

    def worker(
        self, name: str = "worker", *, children: int = 1, queues: str | None = None
    ) -> RunningProgram:
        options = ["worker", "-n", f"{name}@%h", "-c", str(children), "--without-mingle"]
        if queues is not None:
            options += ["-Q", queues]
        return self._program(name, *options, ready_when="ready.")

    def beat(self, name: str = "beat") -> RunningProgram:
        return self._program(name, "beat", ready_when="is starting")

    def refusal(self, role: str, changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """What a worker or beat says that cannot start in this environment."""
        return subprocess.run(
            [*CELERY, role],
            env=self.environment | changes,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def _program(self, name: str, *options: str, ready_when: str) -> RunningProgram:
        name = f"{self.prefix}{name}"
        log = self.directory / f"{name}.log"
        program = Program(
            name,
            [*CELERY, *options],
            self.environment,
            self.directory,
            is_ready=lambda: ready_when in log.read_text("utf-8", "replace"),
            patience_seconds=12,
        )
        return RunningProgram(program, log)
