"""What an API in this process sends to its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from tests.api_clients import Client, app_of


@contextmanager
def statements_with_values(api: Client) -> Iterator[list[tuple[str, Any]]]:
    """Each statement sent meanwhile with its parameters; BEGIN and COMMIT are not among them."""
    sent: list[tuple[str, Any]] = []
    engine: Engine = app_of(api).state.runtime.database.engine

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def statements(api: Client) -> Iterator[list[str]]:
    """Each statement sent meanwhile; it is known which once the body is over."""
    sent: list[str] = []
    with statements_with_values(api) as noted:
        yield sent
        sent += [statement for statement, _ in noted]
