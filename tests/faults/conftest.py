"""What the tests of faults may ask for: a rush of reminders in surroundings of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.services.notifications.desk import Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.station import Station

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_shared.database import Database

from .rush import Rush


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture
def desk(database: DatabaseUrls, office: PostOffice) -> Iterator[Desk]:
    app = Database(database.app_url, pool_size=2)
    yield Desk(owner_url=database.owner_url, database=app, office=office)
    app.dispose()


@pytest.fixture
def rush(desk: Desk, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path) -> Rush:
    station = Station(database.app_url, broker.url, desk.office.url, tmp_path)
    return Rush(desk, station, broker)
