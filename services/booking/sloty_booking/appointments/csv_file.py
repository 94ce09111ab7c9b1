"""Tables as CSV after RFC 4180, which no spreadsheet takes for formulas."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from typing import Any

from fastapi import Response

# What begins a formula, or makes a spreadsheet drop what is before one; full width as they read too.
_BEGINS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - These are meant.
# Skipped by some spreadsheets before they decide.
_SKIPPED = " \u00a0\u3000\ufeff\u200b\u200c\u200d\u2060"


class CsvFile(Response):
    """A table with a row of names, as an attachment."""

    media_type = "text/csv; header=present"

    def __init__(self, content: str) -> None:
        super().__init__(
            content, headers={"Content-Disposition": 'attachment; filename="appointments.csv"'}
        )


def as_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table; None is an empty cell, and instants are written in UTC with `Z`."""
    written = StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return _harmless(str(value))


def _harmless(text: str) -> str:
    """A leading apostrophe makes a spreadsheet take the cell for text."""
    begins = text.lstrip(_SKIPPED)[:1]
    return f"'{text}" if begins in _BEGINS_FORMULA and begins else text
