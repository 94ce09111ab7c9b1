"""Statements of the hot paths: compiled once, asked of the driver itself, answered with plain values.

SQLAlchemy's own way from a statement to an entity costs several times the round trip that it makes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from sqlalchemy import ClauseElement, Connection, Enum, inspect
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session, make_transient_to_detached

from sloty_shared.models import Base

Model = TypeVar("Model", bound=Base)
Values = tuple[Any, ...]
Asker = Session | Connection
"""In whose transaction a statement runs."""

# Numbered parameters, so that the driver need not look for them in the text each time.
_DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class HotStatement:
    """A statement with its parameters as `bindparam`s. It runs in a session's or connection's transaction.

    What it gives is as the driver reads it: enums are text, JSON is read. Errors are SQLAlchemy's,
    so that nobody needs to know who asked.
    """

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self._text: str = compiled.string
        constants = compiled.params
        # In their order; what is given to be run with goes before what the statement itself says.
        self._parameters = [(name, constants[name]) for name in compiled.positiontup or ()]

    def run(self, asker: Asker, values: Mapping[str, Any]) -> int:
        """The number of rows that it touched."""
        return self._execute(asker, values).rowcount  # type: ignore[no-any-return]

    def rows(self, asker: Asker, values: Mapping[str, Any]) -> list[Values]:
        return self._execute(asker, values).fetchall()  # type: ignore[no-any-return]

    def first(self, asker: Asker, values: Mapping[str, Any]) -> Values | None:
        return self._execute(asker, values).fetchone()  # type: ignore[no-any-return]

    def _execute(self, asker: Asker, values: Mapping[str, Any]) -> Any:
        connection = asker if isinstance(asker, Connection) else asker.connection()
        driver: Any = connection.connection.driver_connection
        given = [values.get(name, constant) for name, constant in self._parameters]
        # Who counts or traces statements hears of these as of any other.
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, None, self._text, given, None, False)
        try:
            return psycopg.RawCursor(driver).execute(self._text, given, prepare=True)
        except psycopg.Error as problem:
            if driver.closed:
                connection.invalidate(problem)
            raise DBAPIError.instance(
                self._text, None, problem, psycopg.Error, hide_parameters=True
            ) from problem


class Detached(Generic[Model]):
    """Makes rows of one model from plain values: to be read, and no part of any session.

    What was left out of `columns` cannot be read of them.
    """

    def __init__(self, model: type[Model], *, without: Sequence[str] = ()) -> None:
        mapper = inspect(model)
        self._manager: Any = mapper.class_manager
        self._names = [name for name in mapper.column_attrs.keys() if name not in without]  # noqa: SIM118
        self.columns: list[InstrumentedAttribute[Any]] = [
            getattr(model, name) for name in self._names
        ]
        self._enums = {
            name: column.type.enum_class
            for name, column in zip(self._names, self.columns, strict=True)
            if isinstance(column.type, Enum) and column.type.enum_class is not None
        }

    def split(self, values: Values) -> tuple[Model, Values]:
        """The row of the first of these values, and the others."""
        upto = len(self._names)
        return self.row(values[:upto]), values[upto:]

    def row(self, values: Values) -> Model:
        """The row of these values, which stand in the order of `columns`."""
        found = dict(zip(self._names, values, strict=True))
        for name, kind in self._enums.items():
            if found[name] is not None:
                found[name] = kind(found[name])
        made: Model = self._manager.new_instance()
        made.__dict__.update(found)
        make_transient_to_detached(made)
        return made
