"""What the tests of faults may ask for: a rush of reminders, and workers that a module's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.services.notifications.desk import Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.station import Station

from sloty_deploy.scratch import ScratchPostgres, scratch_broker
from sloty_shared.database import Database

from .rush import Rush, Staff, Surroundings, staff


@pytest.fixture(scope="module")
def surroundings(
    postgres: ScratchPostgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Surroundings]:
    """One database, broker and mail server for the tests of a module, which may harm the last two."""
    database = postgres.clone(migrated_template)
    app = Database(database.app_url, pool_size=2)
    folder: Path = tmp_path_factory.mktemp("faults")
    with scratch_broker(folder) as broker, PostOffice() as office:
        desk = Desk(owner_url=database.owner_url, database=app, office=office)
        yield Surroundings(desk, Station(database.app_url, broker.url, office.url, folder), broker)
    app.dispose()
    postgres.drop(database)


@pytest.fixture
def rush(surroundings: Surroundings) -> Rush:
    """Appointments of this test alone, in surroundings that it shares."""
    surroundings.desk.office.forget()
    return Rush(surroundings)


@pytest.fixture(scope="module")
def workers(surroundings: Surroundings) -> Iterator[Staff]:
    """A worker and beat, which a test leaves running as it found them."""
    with staff(surroundings.station) as running:
        yield running
