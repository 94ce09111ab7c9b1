"""Walls between tenants: for every table that belongs to tenants, whichever are added later."""

import psycopg
import pytest
from psycopg import errors, sql

from sloty_shared.models import Base

from . import catalog
from .catalog import Connection
from .one_of_everything import Tenant, insertion

TENANT_OWNED = sorted(
    table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns
)
# Written once and never again, or never by the services.
NOT_UPDATED = {"audit_events", "audit_seals"}
NOT_DELETED = {"audit_events", "audit_seals", "tenants"}
EXPRESSION = (
    "({key} = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid"
    ' AS "nullif"))'
)
each_table = pytest.mark.parametrize("table", [*TENANT_OWNED, "tenants"])


def key_of(table: str) -> str:
    return "id" if table == "tenants" else "tenant_id"


def count(connection: Connection, table: str, tenant: Tenant | None = None) -> int:
    """Rows in sight, of one tenant or of any."""
    query = f"SELECT count(*) FROM {table}"
    if tenant is not None:
        query += f" WHERE {key_of(table)} = '{tenant.id}'"
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def is_fruitless(connection: Connection, statement: str) -> bool:
    """Whether the statement is refused or finds no row."""
    try:
        with connection.transaction():
            return connection.execute(statement).rowcount == 0
    except errors.InsufficientPrivilege:
        return True


def test_every_table_is_a_model(owner: Connection) -> None:
    assert catalog.tables(owner) == set(Base.metadata.tables)
    assert sorted(catalog.tenant_owned(owner)) == TENANT_OWNED


def test_almost_every_table_belongs_to_tenants(owner: Connection) -> None:
    others = {"tenants", "pulses", "throttles"}
    assert catalog.tables(owner) - catalog.tenant_owned(owner) == others


@each_table
def test_tenant_has_a_row_everywhere(owner: Connection, tenant: Tenant, table: str) -> None:
    assert count(owner, table, tenant) > 0, "one_of_everything.py lacks a row for this table"


@each_table
def test_row_security_is_enabled_and_forced(owner: Connection, table: str) -> None:
    row = owner.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table]
    ).fetchone()
    assert row == (True, True)


@each_table
def test_policies_are_tenant_and_owner(owner: Connection, table: str) -> None:
    own_rows = EXPRESSION.format(key=key_of(table))
    expected = {
        ("tenant_isolation", "PERMISSIVE", "ALL", own_rows, own_rows, "{public}"),
        ("owner_access", "PERMISSIVE", "ALL", "true", "true", "{sloty_owner}"),
    }
    found = catalog.policies(owner)[table]
    # The platform's own routes see all tenants, and of each nothing but its row here.
    if table == "tenants":
        found = {policy for policy in found if policy[0] != "platform_access"}
    assert found == expected


@each_table
def test_rows_of_others_are_not_seen(
    inside: Connection, tenant: Tenant, other: Tenant, table: str
) -> None:
    assert count(inside, table) == count(inside, table, tenant) > 0
    assert count(inside, table, other) == 0


@each_table
def test_rows_of_others_are_not_changed(inside: Connection, other: Tenant, table: str) -> None:
    key = key_of(table)
    where = f"WHERE {key} = '{other.id}'"
    assert is_fruitless(inside, f"UPDATE {table} SET {key} = {key} {where}")
    assert is_fruitless(inside, f"DELETE FROM {table} {where}")


@each_table
def test_rows_are_not_written_for_others(inside: Connection, other: Tenant, table: str) -> None:
    row = other.written[table]
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        inside.execute(insertion(table, row), row)


@each_table
def test_rows_are_not_handed_to_others(
    inside: Connection, tenant: Tenant, other: Tenant, table: str
) -> None:
    key = key_of(table)
    with pytest.raises(errors.InsufficientPrivilege):
        inside.execute(f"UPDATE {table} SET {key} = '{other.id}' WHERE {key} = '{tenant.id}'")


@each_table
def test_without_tenant_nothing_is_seen_or_written(
    outside: Connection, tenant: Tenant, table: str
) -> None:
    assert count(outside, table) == 0
    row = tenant.written[table]
    with pytest.raises(errors.InsufficientPrivilege, match="row-level security"):
        outside.execute(insertion(table, row), row)


@pytest.mark.parametrize("table", sorted(set(TENANT_OWNED) - NOT_UPDATED))
def test_own_rows_are_changed(inside: Connection, tenant: Tenant, table: str) -> None:
    changed = inside.execute(f"UPDATE {table} SET tenant_id = '{tenant.id}'")
    assert changed.rowcount == count(inside, table) > 0


def test_every_reference_names_the_tenant(owner: Connection) -> None:
    for reference in catalog.references(owner):
        if reference.target == "tenants":
            assert reference.columns == ("tenant_id",)
        else:
            assert reference.columns[0] == reference.target_columns[0] == "tenant_id", reference
            assert len(reference.columns) == len(reference.target_columns) > 1


def test_no_row_refers_to_another_tenant(owner: Connection, tenant: Tenant, other: Tenant) -> None:
    """Not even as the owner, who sees all rows: the key itself holds the tenant."""
    for reference in catalog.references(owner):
        # The reference of a place to its session is tried in test_no_double_booking.
        if reference.target == "tenants" or reference.name == "fk_held_times_as_its_session":
            continue
        # Of the held times only an appointment's may point to an appointment.
        held = (reference.table, reference.target) == ("held_times", "appointments")
        kind = "AND appointment_id IS NOT NULL" if reference.table == "held_times" else ""
        change = sql.SQL(
            f"UPDATE {{0}} SET {{1}} = {{2}}{', seat_group = {2}' if held else ''} WHERE ctid = ("
            f"SELECT ctid FROM {{0}} WHERE tenant_id = {{3}} {kind} LIMIT 1)"
        ).format(
            sql.Identifier(reference.table),
            sql.Identifier(reference.columns[1]),
            sql.Literal(other[reference.target]["id"]),
            sql.Literal(tenant.id),
        )
        with pytest.raises(errors.ForeignKeyViolation) as refused, owner.transaction():
            owner.execute(change)
        assert refused.value.diag.constraint_name == reference.name


def test_tenant_ends_with_the_transaction(inside: Connection) -> None:
    assert count(inside, "customers") > 0
    inside.rollback()
    assert inside.execute("SELECT current_setting('app.tenant_id', true)").fetchone() == ("",)
    assert count(inside, "customers") == 0
    assert inside.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
