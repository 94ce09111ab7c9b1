"""Two filled tenants, seen by the owner and by the services' role; each test is rolled back."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from sloty_deploy.scratch import DatabaseUrls, ScratchPostgres

from .catalog import Connection
from .one_of_everything import Tenant, enter, fill


@pytest.fixture(scope="session")
def shared_database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """One migrated database for all tests that leave nothing behind."""
    database = postgres.clone(migrated_template)
    yield database
    postgres.drop(database)


@pytest.fixture(scope="session")
def tenants(shared_database: DatabaseUrls) -> tuple[Tenant, Tenant]:
    """Two tenants with a row in every table, written by the services' role."""
    with psycopg.connect(shared_database.app_url, row_factory=dict_row) as connection:
        return fill(connection, "one"), fill(connection, "other")


@pytest.fixture
def tenant(tenants: tuple[Tenant, Tenant]) -> Tenant:
    return tenants[0]


@pytest.fixture
def other(tenants: tuple[Tenant, Tenant]) -> Tenant:
    return tenants[1]


@pytest.fixture
def owner(shared_database: DatabaseUrls) -> Iterator[Connection]:
    """The schema's owner, in a transaction that is rolled back."""
    with psycopg.connect(shared_database.owner_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def outside(shared_database: DatabaseUrls) -> Iterator[Connection]:
    """The services' role inside no tenant, in a transaction that is rolled back."""
    with psycopg.connect(shared_database.app_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def inside(outside: Connection, tenant: Tenant) -> Connection:
    """The services' role inside the first tenant, in a transaction that is rolled back."""
    enter(outside, tenant.id)
    return outside


@pytest.fixture(params=["services", "owner"])
def writer(request: pytest.FixtureRequest, tenant: Tenant) -> Connection:
    """Each role in turn, inside the first tenant: nobody may do what the tests try."""
    by_services = request.param == "services"
    connection: Connection = request.getfixturevalue("outside" if by_services else "owner")
    enter(connection, tenant.id)
    return connection
