"""Both APIs keep to their own documents, whatever a generator makes of these.

All of the generator's checks. A 422 answers valid input too, since rules between fields, states and
moments stand in no schema; what is wrong is named in it, and other tests hold it to that.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from tests.api_clients import Apis, Client, open_shop
from tests.api_processes import api_process

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "402", "403", "404", "409", "422", "429", "5xx"]
"""
SHORT = ["--phases", "examples,fuzzing", "--max-examples", "1"]
LONG = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "40"]
PROGRAM = Path(sys.executable).with_name("schemathesis")
# Of both documents together.
LONG_CASES = 20_000


@dataclass(frozen=True)
class Served:
    """The two APIs as processes, and a key that may do everything in a business there."""

    urls: list[str]
    key: str


@pytest.fixture
def served(database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path) -> Iterator[Served]:
    with ExitStack() as stack:
        urls = [
            stack.enter_context(api_process(package, database.app_url, broker.url, tmp_path)).url
            for package in ("sloty_booking", "sloty_availability")
        ]
        booking, availability = (
            Client(stack.enter_context(httpx2.Client(base_url=url, timeout=60))) for url in urls
        )
        shop = open_shop(Apis(booking, availability))
        # Unlike a session it cannot be ended by what is tried.
        made = shop.booking.post("/v1/api-keys", {"name": "All", "role": "TENANT_ADMIN"})
        yield Served(urls, made["key"])


@pytest.mark.timeout(7200)
def test_answers_are_as_the_documents_say(
    served: Served, tmp_path: Path, *, long_run: bool
) -> None:
    cases = 0
    for url in served.urls:
        said = run(url, served.key, tmp_path, LONG if long_run else SHORT)
        assert said.returncode == 0, said.stdout
        found = re.search(r"^ *(\d+) generated", said.stdout, re.MULTILINE)
        assert found is not None, said.stdout
        cases += int(found[1])
    assert cases >= (LONG_CASES if long_run else 100)


def run(
    url: str, key: str, directory: Path, options: list[str]
) -> subprocess.CompletedProcess[str]:
    configuration = directory / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    return subprocess.run(
        [
            *(str(PROGRAM), "--config-file", str(configuration)),
            *("run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {key}"),
            *("--checks", "all", "--no-color", "--continue-on-failure", "--seed", "1"),
            *options,
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
