"""Reminders while PostgreSQL itself is restarted."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.services.notifications.desk import Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.station import Station

from sloty_deploy.scratch import ScratchBroker, ScratchPostgres, scratch_postgres
from sloty_shared.database import Database
from sloty_shared.migrate import migrate

from .rush import LONGEST_SECONDS, Rush, Surroundings, staff

pytestmark = pytest.mark.timeout(LONGEST_SECONDS)


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[ScratchPostgres]:
    """A server that the test may stop."""
    with scratch_postgres(tmp_path / "cluster") as server:
        yield server


@pytest.fixture
def restarted_rush(
    own_postgres: ScratchPostgres, broker: ScratchBroker, tmp_path: Path
) -> Iterator[Rush]:
    database = own_postgres.first_database
    migrate(database.owner_url, database.app_url)
    app = Database(database.app_url, pool_size=2)
    with PostOffice() as office:
        desk = Desk(owner_url=database.owner_url, database=app, office=office)
        station = Station(database.app_url, broker.url, office.url, tmp_path)
        yield Rush(Surroundings(desk, station, broker))
    app.dispose()


def test_restarted_database_loses_nothing(
    own_postgres: ScratchPostgres, restarted_rush: Rush, *, long_run: bool
) -> None:
    count, restarts = (600, 10) if long_run else (60, 2)
    rush = restarted_rush
    rush.office.pause = 0.05
    rush.book(count)
    with staff(rush.surroundings.station):
        for _ in range(restarts):
            time.sleep(0.7)
            own_postgres.program.stop()
            own_postgres.program.start()
        rush.wait_until_done(90)
    rush.check(most_repeats=4 * restarts)
