"""A program for the tests: supervises the Python snippets that FOLDER/children.json lists."""

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from sloty_deploy.console import Console
from sloty_deploy.data_directory import DataDirectory
from sloty_deploy.program import Program
from sloty_deploy.refusal import Refusal
from sloty_deploy.stop_request import StopRequest
from sloty_deploy.supervisor import Supervisor


@dataclass(frozen=True)
class Snippet:
    """A child of the test's: a snippet of Python, ready once the file `name` exists if it waits."""

    name: str
    code: str
    stage: int = 0
    patience_seconds: float = 2.0
    waits: bool = False


def program(snippet: Snippet, folder: Path) -> Program:
    return Program(
        name=snippet.name,
        command=[sys.executable, "-c", snippet.code],
        environment={},
        directory=folder,
        is_ready=(folder / snippet.name).exists if snippet.waits else lambda: True,
        patience_seconds=snippet.patience_seconds,
    )


async def supervise(folder: Path, stop: StopRequest) -> None:
    stop.attend()
    supervisor = Supervisor(Console(), DataDirectory(folder).remember_processes)
    try:
        for entry in json.loads((folder / "children.json").read_text()):
            snippet = Snippet(**entry)
            await supervisor.start(program(snippet, folder), snippet.stage)
        (folder / "started").touch()
        await stop.wait()
    finally:
        await supervisor.stop()


if __name__ == "__main__":
    try:
        asyncio.run(supervise(Path(sys.argv[1]), StopRequest()))
    except Refusal as refusal:
        sys.exit(str(refusal))
