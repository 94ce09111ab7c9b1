"""A desk to plan and deliver at, with a database and a mail server of the test's own."""

from collections.abc import Iterator

import pytest

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database

from .desk import Desk
from .post_office import PostOffice


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture
def desk(database: DatabaseUrls, office: PostOffice) -> Iterator[Desk]:
    app = Database(database.app_url, pool_size=10)
    yield Desk(owner_url=database.owner_url, database=app, office=office)
    app.dispose()
