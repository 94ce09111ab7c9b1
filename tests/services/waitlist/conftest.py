"""Both APIs over a database of the module's own: a scan looks into the lines of all its tenants."""

from collections.abc import Iterator

import pytest
from tests.api_clients import Apis, Clock, Shop, in_process, settings_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker, ScratchPostgres
from sloty_shared.database import Database

from .line import Line, full_shop


@pytest.fixture(scope="module")
def line_database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    database = postgres.clone(migrated_template)
    yield database
    postgres.drop(database)


@pytest.fixture(scope="module")
def apis_of_line(line_database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    with in_process(settings_of(line_database.app_url, apis_broker.url)) as apis:
        yield apis


@pytest.fixture
def apis(apis_of_line: Apis) -> Iterator[Apis]:
    yield apis_of_line
    apis_of_line.clock.now = Clock.now


@pytest.fixture
def line(apis: Apis, line_database: DatabaseUrls) -> Iterator[Line]:
    """A shop whose day is booked out, and its line, in which nobody waits yet."""
    shop, booked = full_shop(apis)
    database = Database(line_database.app_url, pool_size=4)
    yield Line(shop, booked, database, line_database, apis.clock)
    database.dispose()


@pytest.fixture
def shop(line: Line) -> Shop:
    return line.shop
