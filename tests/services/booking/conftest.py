"""What the tests of identity may ask for."""

from collections.abc import Iterator

import pytest
from tests.api_clients import Apis, Business, Client

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import Post, super_admin
from .signing_in import Browser, Provider, apis_that_know, provider_process


@pytest.fixture
def post(apis_database: DatabaseUrls) -> Post:
    """What was mailed to whom."""
    return Post(apis_database)


@pytest.fixture
def business(apis: Apis) -> Business:
    """A new business, seen by its administrator."""
    return apis.sign_up()


@pytest.fixture
def operator(apis: Apis, post: Post) -> Client:
    """The booking API for an administrator of the platform."""
    return super_admin(apis, post)


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider_process(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(scope="module")
def knowing(
    provider: Provider, apis_database: DatabaseUrls, apis_broker: ScratchBroker
) -> Iterator[Apis]:
    """Both APIs, configured with the provider."""
    with apis_that_know(provider.url, apis_database, apis_broker) as apis:
        yield apis


@pytest.fixture
def anybody(apis: Apis) -> Client:
    """The booking API for somebody with no log-in."""
    return apis.booking


@pytest.fixture
def browser(knowing: Apis) -> Browser:
    return Browser(knowing)


@pytest.fixture
def owner(knowing: Apis) -> Business:
    """A business whose APIs are configured with the provider."""
    return knowing.sign_up()
