"""A client of the example application."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from .example_app import app


@pytest.fixture
def client() -> Iterator[TestClient]:
    """Answers as a server would: what nobody foresaw is a 500, not an exception in the test."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
