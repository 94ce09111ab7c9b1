"""What PostgreSQL says about itself: columns, constraints, indexes, references and policies."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg

Connection = psycopg.Connection[Any]
Look = Callable[[Connection], dict[Any, str]]

# Alembic's own table is no model.
_OURS = "c.relnamespace = 'public'::regnamespace AND c.relname <> 'alembic_version'"


class Reference(NamedTuple):
    """A foreign key: its name, both ends, and what becomes of it when its target is deleted."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str


def tables(connection: Connection) -> set[str]:
    rows = connection.execute(
        f"SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND {_OURS}"
    )
    return {row[0] for row in rows}


def tenant_owned(connection: Connection) -> set[str]:
    return {table for table, column in columns(connection) if column == "tenant_id"}


def columns(connection: Connection) -> dict[tuple[str, str], str]:
    """Each column's type, nullability and default: `integer NOT NULL DEFAULT 0`."""
    rows = connection.execute(
        f"""
        SELECT c.relname, a.attname, concat_ws(' ',
            format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE WHEN a.attgenerated <> '' THEN 'GENERATED' WHEN d.oid IS NOT NULL THEN 'DEFAULT' END,
            pg_get_expr(d.adbin, d.adrelid))
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p') AND {_OURS}
        """
    )
    return {(table, column): shape for table, column, shape in rows}


def constraints(connection: Connection) -> dict[tuple[str, str], str]:
    """Every constraint's definition; NOT NULL is told by the columns."""
    rows = connection.execute(
        f"""
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.contype <> 'n' AND {_OURS}
        """
    )
    return {(table, name): definition for table, name, definition in rows}


def indexes(connection: Connection) -> dict[str, str]:
    """Every index's definition, predicates included."""
    rows = connection.execute(
        f"""
        SELECT i.relname, pg_get_indexdef(i.oid)
        FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
        WHERE x.indisvalid AND {_OURS}
        """
    )
    return dict(rows)


def index_keys(connection: Connection) -> dict[str, tuple[str, tuple[str, ...], bool]]:
    """Each index over plain columns and all rows: its table, its columns, whether it is unique."""
    rows = connection.execute(
        f"""
        SELECT i.relname, c.relname, x.indisunique, array_agg(a.attname::text ORDER BY key.place)
        FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class c ON c.oid = x.indrelid
        JOIN unnest(x.indkey) WITH ORDINALITY key (attnum, place) ON true
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = key.attnum
        WHERE x.indpred IS NULL AND x.indexprs IS NULL AND x.indisvalid AND {_OURS}
        GROUP BY i.relname, c.relname, x.indisunique
        """
    )
    return {name: (table, tuple(keys), unique) for name, table, unique, keys in rows}


def references(connection: Connection) -> list[Reference]:
    rows = connection.execute(
        f"""
        SELECT k.conname, c.relname,
            array(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY key (attnum, place)
                  JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.attnum
                  ORDER BY key.place),
            t.relname,
            array(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY key (attnum, place)
                  JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.attnum
                  ORDER BY key.place),
            CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                               WHEN 'a' THEN 'NO ACTION' ELSE k.confdeltype::text END
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_class t ON t.oid = k.confrelid
        WHERE k.contype = 'f' AND {_OURS}
        ORDER BY k.conname
        """
    )
    return [
        Reference(name, table, tuple(here), target, tuple(there), on_delete)
        for name, table, here, target, there, on_delete in rows
    ]


def policies(connection: Connection) -> dict[str, set[tuple[Any, ...]]]:
    """By table: each policy's name, kind, roles, command, USING and WITH CHECK."""
    found: defaultdict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for table, *policy, roles in connection.execute(
        """
        SELECT tablename, policyname, permissive, cmd, qual, with_check, roles::text
        FROM pg_policies WHERE schemaname = 'public'
        """
    ):
        found[table].add((*policy, roles))
    return dict(found)


def triggers(connection: Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(
        f"""
        SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid)
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND {_OURS}
        """
    )
    return {(table, name): definition for table, name, definition in rows}


def functions(connection: Connection) -> set[str]:
    """Our own functions by name; those of extensions are not ours."""
    rows = connection.execute(
        """
        SELECT p.proname FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        """
    )
    return {row[0] for row in rows}
