"""What the services' role may not do, whatever SQL a fault lets somebody run as it."""

import pytest
from psycopg import errors

from sloty_shared.models import Base

from .catalog import Connection
from .one_of_everything import Tenant, insertion

EVERYTHING = {"SELECT", "INSERT", "UPDATE", "DELETE"}
RIGHTS = dict.fromkeys(Base.metadata.tables, EVERYTHING) | {
    "alembic_version": {"SELECT"},
    "audit_events": {"SELECT", "INSERT"},
    "audit_seals": {"SELECT", "INSERT"},
    "tenants": {"SELECT", "INSERT", "UPDATE"},
}


def test_services_role_has_no_powers(outside: Connection) -> None:
    powers = outside.execute(
        """
        SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
               EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
        FROM pg_roles WHERE rolname = current_user
        """
    ).fetchone()
    assert powers == (False, False, False, False, False, False)


def test_services_role_owns_nothing(outside: Connection) -> None:
    owned = outside.execute(
        """
        SELECT classid::regclass, objid FROM pg_shdepend
        WHERE deptype = 'o' AND refobjid = current_user::regrole
        """
    ).fetchall()
    assert owned == []


def test_services_role_has_these_rights_only(owner: Connection) -> None:
    granted: dict[str, set[str]] = {}
    for table, right in owner.execute(
        """
        SELECT table_name, privilege_type FROM information_schema.table_privileges
        WHERE table_schema = 'public' AND grantee IN ('sloty_app', 'PUBLIC')
        """
    ):
        granted.setdefault(table, set()).add(right)
    assert granted == RIGHTS


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE customers NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY open ON customers USING (true)",
        "DROP POLICY tenant_isolation ON customers",
        "ALTER TABLE appointments DISABLE TRIGGER ALL",
        "ALTER TABLE held_times DROP CONSTRAINT no_double_booking",
        "TRUNCATE customers",
        "DROP TABLE customers",
        "CREATE TABLE public.mine (id integer)",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql RETURN 1",
        "CREATE SCHEMA mine",
        "SET ROLE sloty_owner",
        "SET SESSION AUTHORIZATION sloty_owner",
        "SET session_replication_role = replica",
        "SET row_security = off; SELECT * FROM customers",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "UPDATE alembic_version SET version_num = '0'",
        "DELETE FROM tenants",
        "UPDATE audit_events SET action = 'nothing'",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "UPDATE audit_seals SET hash = ''",
        "DELETE FROM audit_seals",
        "TRUNCATE audit_seals",
    ],
)
def test_services_role_is_refused(inside: Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        inside.execute(statement)


@pytest.mark.parametrize("table", ["audit_events", "audit_seals"])
def test_history_is_not_rewritten_by_upsert(inside: Connection, tenant: Tenant, table: str) -> None:
    key = "id" if table == "audit_events" else "tenant_id, position"
    values = {column: value for column, value in tenant[table].items() if value is not None}
    statement = insertion(table, values).as_string(inside).removesuffix(" RETURNING *")
    with pytest.raises(errors.InsufficientPrivilege):
        inside.execute(
            f"{statement} ON CONFLICT ({key}) DO UPDATE SET tenant_id = EXCLUDED.tenant_id", values
        )


def test_no_view_shows_what_policies_hide(owner: Connection) -> None:
    views = owner.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm')"
        " AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    assert views == []
