"""What the tests of identity may ask for."""

import pytest
from tests.api_clients import Apis, Business, Client

from sloty_deploy.scratch import DatabaseUrls

from .people import Post, super_admin


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
