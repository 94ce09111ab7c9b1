"""Both APIs in this process, over one database for all tests; each test has tenants of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.api_clients import Apis, Clock, Shop, in_process, open_shop, settings_of

from sloty_booking.identity import passwords
from sloty_deploy.scratch import (
    DatabaseUrls,
    ScratchBroker,
    ScratchPostgres,
    scratch_broker,
)

USUAL = passwords.hasher
LEAST_WORK = PasswordHash((Argon2Hasher(memory_cost=8, time_cost=1, parallelism=1),))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Thousands of people sign up here: their passwords are hashed with the least work there is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", LEAST_WORK)
        yield


@pytest.fixture
def costly_passwords() -> Iterator[None]:
    """They are hashed with the work that is theirs, for tests of just that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "hasher", USUAL)
        yield


@pytest.fixture(scope="session")
def apis_database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """The database behind `apis`."""
    database = postgres.clone(migrated_template)
    yield database
    postgres.drop(database)


@pytest.fixture(scope="session")
def apis_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchBroker]:
    """The broker behind `apis`."""
    with scratch_broker(tmp_path_factory.mktemp("apis-broker")) as server:
        yield server


@pytest.fixture(scope="session")
def files_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `apis` store what is uploaded."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="session")
def running_apis(
    apis_database: DatabaseUrls, apis_broker: ScratchBroker, files_folder: Path
) -> Iterator[Apis]:
    files_url = files_folder.as_uri()
    with in_process(
        settings_of(apis_database.app_url, apis_broker.url, files_url=files_url)
    ) as apis:
        yield apis


@pytest.fixture
def apis(running_apis: Apis) -> Iterator[Apis]:
    """Both APIs, for callers without a log-in; every test begins at the same moment.

    The clock is put back when a test ends, not when the next begins: fixtures of a whole
    module, and tests that use nothing else, find it there too.
    """
    yield running_apis
    running_apis.clock.now = Clock.now


@pytest.fixture
def clock(apis: Apis) -> Clock:
    """What both APIs take for now; it stands still unless the test moves it."""
    return apis.clock


@pytest.fixture
def shop(apis: Apis) -> Shop:
    """A business that can be booked from 9 to 12 every day in Berlin."""
    return open_shop(apis)
