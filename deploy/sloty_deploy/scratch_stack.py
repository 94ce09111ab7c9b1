"""The whole of Sloty for a demo or a test: `./sloty up` on free ports, in a folder of its own."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.listening import free_port
from sloty_deploy.mail_store import MailStore
from sloty_deploy.program import Program, RunningProgram
from sloty_deploy.surroundings import childrens_environment, without_settings

START_SECONDS = 90.0
# What `up` promises to need at most, and a little.
STOP_SECONDS = 18.0


@dataclass(frozen=True)
class ScratchStack:
    """A running stack: where its APIs are, what it mailed, and its process with all it started."""

    booking_url: str
    availability_url: str
    mails: MailStore
    data: DataDirectory
    program: RunningProgram


@contextmanager
def scratch_stack(
    directory: Path, settings: dict[str, str], arguments: Sequence[str] = ("--no-demo",)
) -> Iterator[ScratchStack]:
    """Start a stack in `directory`, with its log in `up.log`, and stop it at the end.

    `settings` are variables of Sloty's by their full names. Raises Refusal when it does not come
    up.
    """
    data = DataDirectory(directory / "data")
    data.withdraw()  # A killed run left its addresses.
    ports = {"SLOTY_BOOKING_PORT": str(free_port()), "SLOTY_AVAILABILITY_PORT": str(free_port())}
    up = [sys.executable, "-P", "-m", "sloty_deploy", "up", "--data-dir", str(data.path)]
    program = Program(
        name="the stack",
        command=[*up, *arguments],
        environment=without_settings(childrens_environment()) | ports | settings,
        directory=directory,
        is_ready=data.addresses.exists,
        patience_seconds=STOP_SECONDS,
    )
    with RunningProgram(program, directory / "up.log", START_SECONDS) as running:
        urls = json.loads(data.addresses.read_text())
        mails = MailStore(data.path / "mail")
        yield ScratchStack(urls["booking"], urls["availability"], mails, data, running)
