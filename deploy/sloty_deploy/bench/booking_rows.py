"""The rows of one booking, taken from one that the product made, to be written again by hand.

So the bare writers write what the product writes, column by column, whatever that is by now.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from sloty_deploy.bench.shop import DURATION
from sloty_shared.ids import new_confirmation_code, new_id

# Triggers of the database write the others: held_times and audit_unsealed.
TABLES = {"appointments": "id", "notifications": "appointment_id", "audit_events": "entity_id"}
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND a.attgenerated = '' ORDER BY a.attnum
"""
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""


@dataclass(frozen=True)
class AnotherBooking:
    """One more booking: its id, its code and the values of all its rows."""

    id: UUID
    code: str
    values: list[Any]


@dataclass(frozen=True)
class BookingRows:
    """By table: the columns with their types, and the values that stay the same."""

    columns: Mapping[str, Sequence[tuple[str, str]]]
    samples: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, connection: psycopg.Connection[Any], appointment_id: UUID) -> "BookingRows":
        columns, samples = {}, {}
        for table, key in TABLES.items():
            columns[table] = connection.execute(_COLUMNS, [table]).fetchall()
            query = sql.SQL("SELECT to_jsonb(r) FROM {} r WHERE {} = %s ORDER BY id LIMIT 1")
            found = query.format(sql.Identifier(table), sql.Identifier(key))
            row = connection.execute(found, [appointment_id]).fetchone()
            samples[table] = row[0] if row else {}
        return cls(columns, samples)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "BookingRows":
        return cls(stored["columns"], stored["samples"])

    @property
    def statements(self) -> list[tuple[str, int]]:
        """An INSERT for each table, with the number of its values."""
        return [(self._insert(table), len(self.columns[table])) for table in TABLES]

    @property
    def one_statement(self) -> str:
        """All of them in one."""
        parts = ", ".join(f"{table}_row AS ({self._insert(table)})" for table in TABLES)
        return f"WITH {parts} SELECT 1"

    def another(self, provider: str, start: str) -> AnotherBooking:
        """The rows of a booking of this provider at this time (RFC 3339)."""
        booked, code = new_id(), new_confirmation_code()
        begins = datetime.fromisoformat(start)
        ends = begins + timedelta(minutes=DURATION)
        own: dict[str, dict[str, Any]] = {
            "appointments": {
                "id": booked,
                "provider_id": provider,
                "start_time": begins,
                "end_time": ends,
                "held_until": ends,
                "confirmation_code": code,
            },
            "notifications": {"id": new_id(), "appointment_id": booked},
            "audit_events": {"id": new_id(), "entity_id": booked, "salt": new_id()},
        }
        values = [
            own[table].get(name, self._sample(table, name, kind))
            for table in TABLES
            for name, kind in self.columns[table]
        ]
        return AnotherBooking(booked, code, values)

    def _insert(self, table: str) -> str:
        columns = self.columns[table]
        names = ", ".join(f'"{name}"' for name, _ in columns)
        values = ", ".join(f"%s::{kind}" for _, kind in columns)
        return f"INSERT INTO {table} ({names}) VALUES ({values})"  # noqa: S608 - From the catalogue.

    def _sample(self, table: str, name: str, kind: str) -> Any:
        value = self.samples[table].get(name)
        return json.dumps(value) if kind == "jsonb" and value is not None else value


def rows_by_table(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    for (table,) in connection.execute(_TABLES).fetchall():
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        row = connection.execute(count).fetchone()
        counts[table] = row[0] if row else 0
    return counts
