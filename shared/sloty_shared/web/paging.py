"""Lists in pages: a cursor remembers the last row's sort key, so that pages hold still while rows come."""

import binascii
import json
import zlib
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from sloty_shared.errors import FieldError, Invalid
from sloty_shared.web.fields import Instant, LocalDate, UuidId
from sloty_shared.web.schemas import Resource

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
MAX_CURSOR_LENGTH = 2000
_UNREADABLE = (binascii.Error, ValueError, TypeError, RecursionError)
_FOREIGN = "This cursor does not come from this list"

Row = TypeVar("Row")
Item = TypeVar("Item")


class Listing(Resource, Generic[Item]):
    """One page of a list; `nextCursor` leads to the next page and is null on the last one."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Pass it as `cursor` for the next page; null on the last page."
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


def _some_cursor(cursor: str) -> str:
    """Told beside the faults of other parameters; of which list it is, the list itself says."""
    try:
        _opened(cursor)
    except _UNREADABLE:
        raise ValueError(_FOREIGN) from None
    return cursor


# Asynchronous only so that it runs in place: a plain function would cost a hop to a thread.
async def _page(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on one page.")] = (
        DEFAULT_LIMIT
    ),
    cursor: Annotated[
        Annotated[str, AfterValidator(_some_cursor)] | None,
        Query(max_length=MAX_CURSOR_LENGTH, description="`nextCursor` of the page before."),
    ] = None,
) -> Page:
    return Page(limit=limit, cursor=cursor)


PageQuery = Annotated[Page, Depends(_page)]
"""The `limit` and `cursor` of a list's query, for a route's signature."""


def paginate(
    session: Session,
    query: Select[Row],
    *,
    by: Sequence[InstrumentedAttribute[Any]],
    page: Page,
    descending: bool = False,
) -> tuple[list[Row], str | None]:
    """One page of `query`'s entities, and the cursor of the next one or None.

    `by` are columns of the entity, none of them nullable, the last one unique (its id); all run in
    one direction, so that one index answers. Raises Invalid for a cursor that this list did not
    make.
    """
    key = _SortKey(by, descending=descending)
    if page.cursor is not None:
        query = query.where(key.after(page.cursor))
    found = list(session.scalars(query.order_by(*key.order()).limit(page.limit + 1)))
    rows = found[: page.limit]
    return rows, key.cursor(rows[-1]) if len(found) > page.limit else None


def listing(item: type[Item], found: tuple[list[Any], str | None]) -> Listing[Item]:
    """What `paginate` found as the answer of a list, each row written as `item`."""
    rows, next_cursor = found
    return Listing[item](  # type: ignore[valid-type]
        items=[item.model_validate(row) for row in rows],  # type: ignore[attr-defined]
        next_cursor=next_cursor,
    )


class _SortKey:
    """The columns a list is sorted by, and cursors over them."""

    def __init__(self, columns: Sequence[InstrumentedAttribute[Any]], *, descending: bool) -> None:
        self.columns = columns
        self.descending = descending
        self.readers = [_READERS[column.type.python_type] for column in columns]
        # Tells this list's cursors from another's, which could read well and mean nothing.
        self.mark = zlib.crc32(f"{[str(c) for c in columns]}{descending}".encode())

    def order(self) -> list[Any]:
        return [column.desc() if self.descending else column.asc() for column in self.columns]

    def cursor(self, row: Any) -> str:
        values = [_written(getattr(row, column.key)) for column in self.columns]
        text = json.dumps([self.mark, *values], separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def after(self, cursor: str) -> Any:
        """The condition for rows behind the cursor: one comparison of rows, which an index serves."""
        values = [
            literal(value, column.type)
            for column, value in zip(self.columns, self._read(cursor), strict=True)
        ]
        here, there = tuple_(*self.columns), tuple_(*values)
        return here < there if self.descending else here > there

    def _read(self, cursor: str) -> list[Any]:
        try:
            mark, *values = _opened(cursor)
            if mark != self.mark or len(values) != len(self.columns):
                raise _foreign_cursor()
            return [
                reader.validate_python(value)
                for reader, value in zip(self.readers, values, strict=True)
            ]
        except (*_UNREADABLE, ValidationError):
            raise _foreign_cursor() from None


def _opened(cursor: str) -> list[Any]:
    """Raises one of several errors for what is no cursor at all."""
    padded = cursor + "=" * (-len(cursor) % 4)
    opened = json.loads(b64decode(padded, altchars=b"-_", validate=True))
    if not isinstance(opened, list):
        raise TypeError
    return opened


def _written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _foreign_cursor() -> Invalid:
    return Invalid(errors=[FieldError("query:cursor", _FOREIGN)])


_READERS: dict[type[Any], TypeAdapter[Any]] = {
    datetime: TypeAdapter(Instant),
    date: TypeAdapter(LocalDate),
    UUID: TypeAdapter(UuidId),
    int: TypeAdapter(Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]),
    str: TypeAdapter(Annotated[str, Field(strict=True, pattern=r"^[^\x00]*$")]),
}
