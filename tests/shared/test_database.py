"""Connections to PostgreSQL: commit or nothing, one tenant at a time, no dead or mighty ones."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database, UnsafeRole, enter_tenant
from sloty_shared.ids import new_id
from sloty_shared.models import Customer, Tenant


@pytest.fixture
def services(database: DatabaseUrls) -> Iterator[Database]:
    """The services' role with a single connection, so that whatever stays on it shows."""
    opened = Database(database.app_url, pool_size=1)
    yield opened
    opened.dispose()


@pytest.fixture
def tenant_id(services: Database) -> UUID:
    """A tenant with one customer."""
    tenant = new_id()
    with services.transaction(tenant) as session:
        session.add(Tenant(id=tenant, slug="one", name="One"))
        session.flush()
        session.add(Customer(tenant_id=tenant, first_name="A", last_name="B", email="a@b.example"))
    return tenant


def customers(services: Database, tenant_id: UUID | None) -> int:
    with services.transaction(tenant_id) as session:
        return session.scalar(select(func.count()).select_from(Customer)) or 0


def backend(services: Database) -> int:
    with services.transaction() as session:
        return int(session.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_transaction_commits_at_its_end(services: Database, tenant_id: UUID) -> None:
    assert customers(services, tenant_id) == 1


def test_exception_rolls_everything_back(services: Database, tenant_id: UUID) -> None:
    def change_and_fail() -> None:
        with services.transaction(tenant_id) as session:
            session.execute(text("DELETE FROM customers"))
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert customers(services, tenant_id) == 1


def test_tenant_does_not_outlive_its_transaction(services: Database, tenant_id: UUID) -> None:
    connection = backend(services)
    assert customers(services, tenant_id) == 1
    assert customers(services, None) == 0
    assert customers(services, new_id()) == 0
    assert backend(services) == connection


def test_tenant_does_not_outlive_a_failure(services: Database, tenant_id: UUID) -> None:
    with pytest.raises(DBAPIError), services.transaction(tenant_id) as session:
        session.execute(text("SELECT 1 / 0"))
    assert customers(services, None) == 0


def test_tenant_found_later_is_entered(services: Database, tenant_id: UUID) -> None:
    with services.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0
        enter_tenant(session, tenant_id)
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_dead_connection_is_replaced_unnoticed(
    services: Database, tenant_id: UUID, database: DatabaseUrls
) -> None:
    connection = backend(services)
    with psycopg.connect(database.superuser_url) as server:
        server.execute("SELECT pg_terminate_backend(%s, 5000)", [connection])
    assert customers(services, tenant_id) == 1
    assert backend(services) != connection


def test_server_bounds_what_a_lost_client_costs(services: Database) -> None:
    with services.transaction() as session:
        bounds = {
            name: session.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
        zone = session.scalar(text("SHOW TimeZone"))
    assert "0" not in bounds.values()
    assert zone == "UTC"


@pytest.mark.parametrize(
    ("role", "power"), [("superuser_url", "is a superuser"), ("owner_url", "owns tables")]
)
def test_mighty_role_is_refused(database: DatabaseUrls, role: str, power: str) -> None:
    mighty = Database(getattr(database, role))
    with pytest.raises(UnsafeRole, match=f"SLOTY_APP_DATABASE_URL: .* {power}$"):
        mighty.refuse_unsafe_role()
    mighty.dispose()


def test_role_that_bypasses_policies_is_refused(database: DatabaseUrls) -> None:
    with psycopg.connect(database.superuser_url, autocommit=True) as server:
        server.execute("CREATE ROLE bypassing LOGIN BYPASSRLS")
        bypassing = Database(database.app_url.replace("sloty_app", "bypassing"))
        try:
            with pytest.raises(UnsafeRole, match="bypasses row-level security"):
                bypassing.refuse_unsafe_role()
        finally:
            bypassing.dispose()
            server.execute("DROP ROLE bypassing")


def test_member_of_the_owner_is_refused(database: DatabaseUrls) -> None:
    """The owner's policy holds for its members too: they see every tenant."""
    with psycopg.connect(database.superuser_url, autocommit=True) as server:
        server.execute("CREATE ROLE adopted LOGIN; GRANT sloty_owner TO adopted")
        adopted = Database(database.app_url.replace("sloty_app", "adopted"))
        try:
            with pytest.raises(UnsafeRole):
                adopted.refuse_unsafe_role()
        finally:
            adopted.dispose()
            server.execute("DROP ROLE adopted")


def test_services_role_is_accepted(services: Database) -> None:
    services.refuse_unsafe_role()
