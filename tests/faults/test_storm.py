"""A storm over several processes of both APIs has a history that never gives one time twice.

Neither has one in which processes are killed, or connections are lost at their COMMIT.
"""

import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.api_clients import in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, api_process
from tests.crowd import without_deadlocks

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres, scratch_broker

from .commit_cutter import CommitCutter, Cut, commit_cutter
from .history_checker import check
from .storm import HOURS, SERVICE, Storm

_log = logging.getLogger(__name__)
pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    with without_deadlocks(postgres, migrated_template) as database:
        yield database


@pytest.fixture(scope="module")
def storm_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchBroker]:
    with scratch_broker(tmp_path_factory.mktemp("storm-broker")) as server:
        yield server


@pytest.fixture(scope="module")
def cutter(database: DatabaseUrls) -> Iterator[CommitCutter]:
    with commit_cutter(database.app_url) as cutter:
        yield cutter


@pytest.fixture(scope="module")
def processes(
    database: DatabaseUrls,
    cutter: CommitCutter,
    storm_broker: ScratchBroker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Sequence[ApiProcess]]:
    """Two of the booking API, the second behind the cutter, and one of the availability API."""
    directory = tmp_path_factory.mktemp("storm")
    with ExitStack() as stack:
        yield [
            stack.enter_context(api_process(package, url, storm_broker.url, directory))
            for package, url in (
                ("sloty_booking", database.app_url),
                ("sloty_booking", cutter.url),
                ("sloty_availability", database.app_url),
            )
        ]


@pytest.fixture
def storm(
    database: DatabaseUrls,
    storm_broker: ScratchBroker,
    processes: Sequence[ApiProcess],
    tmp_path: Path,
) -> Storm:
    """Two providers, each open for a few hours a day, and a start each half hour."""
    with in_process(settings_of(database.app_url, storm_broker.url)) as apis:
        apis.clock.now = datetime.now(UTC)
        shop = open_shop(apis, service=SERVICE, timezone="UTC")
        settings = {"settings": {"slotInterval": 30, "holdMinutes": 60}}
        assert shop.booking.send("PATCH", "/v1/tenant", json=settings).is_success
        hours = {"startTime": "00:00", "endTime": f"{HOURS:02}:00"}
        other = shop.add_provider(shop.location, hours=None)
        for provider in (shop.provider, other):
            for day in range(7):
                shop.add_rule(provider, dayOfWeek=day, **hours)
        providers = (shop.provider["id"], other["id"])
    return Storm(shop, providers, processes[:2], processes[2], tmp_path / "history.jsonl")


def test_storm_gives_no_time_twice(storm: Storm, database: DatabaseUrls, *, long_run: bool) -> None:
    with storm:
        storm.wait_for_calls(6000 if long_run else 250)
    answers = assert_all_is_well(storm, database)
    assert set(answers) >= {"200", "201", "slot_unavailable", "invalid_transition"}


def test_killed_processes_lose_nothing(
    storm: Storm, database: DatabaseUrls, processes: Sequence[ApiProcess], *, long_run: bool
) -> None:
    """Each in turn, and the others go on."""
    with storm:
        for _ in range(10 if long_run else 1):
            for process in processes[:3] if long_run else random.sample(processes[:2], 1):
                storm.wait_for_calls(60)
                process.running.kill()
                storm.wait_for_calls(20)
                process.running.start()
        storm.wait_for_calls(60)
    assert "None" in assert_all_is_well(storm, database)


def test_commits_cut_off_lose_nothing(
    storm: Storm, database: DatabaseUrls, cutter: CommitCutter, *, long_run: bool
) -> None:
    """Before PostgreSQL hears of the COMMIT, or after it and before anybody knows."""
    with storm:
        for _ in range(200 if long_run else 10):
            cutter.arm(random.choice(list(Cut)))
            storm.wait_for_calls(15)
    answers = assert_all_is_well(storm, database)
    assert answers["unavailable"] + answers["None"] > 0


def assert_all_is_well(storm: Storm, database: DatabaseUrls) -> Counter[str]:
    """How often each answer was given, once the checker has found nothing wrong."""
    history = storm.history(database)
    faults = check(history)
    if faults:
        history.write(storm.log)
    assert faults == []
    answers = Counter(call.code or str(call.status) for call in history.calls)
    _log.info("%d calls, %d rows: %s", len(history.calls), len(history.rows), dict(answers))
    return answers
