"""A client of the example application."""

from collections.abc import Iterator

import pytest
import structlog
from starlette.testclient import TestClient

from sloty_shared.logging import complete

from .example_app import app


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """By default structlog draws every variable of a traceback, which takes seconds."""
    if not structlog.is_configured():
        structlog.configure(
            processors=[
                complete,
                structlog.processors.JSONRenderer(default=str),
            ]
        )


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """Answers as a server would: what nobody foresaw is a 500, not an exception in the test."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
