"""What every test may ask for: databases, a broker and a mailbox, all real and of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from sloty_deploy.scratch import (
    DatabaseUrls,
    ScratchBroker,
    ScratchMailbox,
    ScratchPostgres,
    scratch_broker,
    scratch_mailbox,
    scratch_postgres,
)
from sloty_shared.garbage import starting
from sloty_shared.migrate import migrate

# A traceback with all variables of all frames costs more than most tests.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

# A developer's own databases and settings have no say in a test run.
for name in [name for name in os.environ if name.startswith(("SLOTY_", "PG", "OTEL_"))]:
    del os.environ[name]

# Files and folders that take longest, those that mostly wait beside those that mostly work; each file
# is run by one process.
SLOWEST_FIRST = (
    "deploy/test_stack.py",
    "services/test_poison.py",
    "deploy/test_up.py",
    "faults/test_lost_commits.py",
    "services/notifications/test_processes.py",
    "test_house.py",
    "services/test_schemathesis.py",
    "faults/",
    "services/notifications/test_watched_workers.py",
    "services/booking/test_unknown_addresses.py",
    "end_to_end/",
    "services/booking/test_sign",
    "shared/scheduling/test_membership.py",
    "services/booking/test_sessions.py",
    "services/notifications/test_seal.py",
    "deploy/",
    "services/test_outages.py",
    "services/notifications/",
    "shared/web/test_server.py",
    "services/booking/test_moving_rush.py",
    "services/booking/test_every_slot_once.py",
    "services/booking/test_idempotency.py",
    "services/test_isolation.py",
    "services/waitlist/",
    "shared/models/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long forms of the tests")


@pytest.fixture(scope="session")
def long_run(pytestconfig: pytest.Config) -> bool:
    """Whether the long forms of property and fault tests were asked for."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchPostgres]:
    """One PostgreSQL a test process. Tests that stop it start one of their own."""
    with scratch_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def empty_template(postgres: ScratchPostgres) -> str:
    """The name of a database without any table, to clone."""
    empty = postgres.first_database
    return postgres.clone(empty.name).name


@pytest.fixture(scope="session")
def migrated_template(postgres: ScratchPostgres, empty_template: str) -> str:
    """The name of a migrated database, to clone."""
    migrated = postgres.clone(empty_template)
    migrate(migrated.owner_url, migrated.app_url)
    return migrated.name


@pytest.fixture
def empty_database(postgres: ScratchPostgres, empty_template: str) -> Iterator[DatabaseUrls]:
    """A database of the test's own without any table."""
    database = postgres.clone(empty_template)
    yield database
    postgres.drop(database)


@pytest.fixture
def database(postgres: ScratchPostgres, migrated_template: str) -> Iterator[DatabaseUrls]:
    """A migrated, empty database of the test's own (some 30 ms)."""
    database = postgres.clone(migrated_template)
    yield database
    postgres.drop(database)


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchBroker]:
    """An empty broker of the test's own, to use, empty and kill."""
    with scratch_broker(tmp_path_factory.mktemp("broker")) as server:
        yield server


@pytest.fixture(scope="session")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchMailbox]:
    """One mail server a test process. Tests that stop it start one of their own."""
    with scratch_mailbox(tmp_path_factory.mktemp("mailbox")) as server:
        yield server


@pytest.fixture
def mailbox(mail_server: ScratchMailbox) -> ScratchMailbox:
    """The mail server, emptied for this test."""
    mail_server.mails.clear()
    return mail_server


@pytest.fixture
def checkout() -> Path:
    """The root of the repository."""
    return Path(__file__).parents[1]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What the tests are made of stays: no need to look through it for garbage, then or later."""
    with starting():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=place_in_line)


def place_in_line(item: pytest.Item) -> int:
    """Files that start processes or walk every route begin first, so that none is left for the end."""
    file = item.path.relative_to(Path(__file__).parent).as_posix()
    return next(
        (place for place, slow in enumerate(SLOWEST_FIRST) if file.startswith(slow)),
        len(SLOWEST_FIRST),
    )
