"""Statements asked of the driver itself: in the session's transaction, with SQLAlchemy's errors."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import DetachedInstanceError

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database, translating
from sloty_shared.errors import Conflict
from sloty_shared.hot_statements import Detached, HotStatement
from sloty_shared.models import Tenant, TenantStatus

TENANT = Detached(Tenant, without=["name"])
ALL_TENANTS = HotStatement(select(*TENANT.columns))
ONE_DIVIDED_BY = HotStatement(text("SELECT 1 / CAST(:number AS integer)"))
RENAME = HotStatement(text("UPDATE tenants SET name = :name"))
SAME_SLUG = HotStatement(text("INSERT INTO tenants (id, slug, name) VALUES (:id, 'platform', '')"))
DIE = HotStatement(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@pytest.fixture
def services(database: DatabaseUrls) -> Iterator[Database]:
    opened = Database(database.app_url, pool_size=1)
    yield opened
    opened.dispose()


@pytest.fixture
def tenant_id(database: DatabaseUrls) -> UUID:
    with psycopg.connect(database.superuser_url) as server:
        row = server.execute(
            "INSERT INTO tenants (slug, name) VALUES (uuidv7()::text, 'Salon') RETURNING id"
        ).fetchone()
    assert row is not None
    found: UUID = row[0]
    return found


def test_it_runs_in_the_transaction_and_its_tenant(services: Database, tenant_id: UUID) -> None:
    with services.transaction(tenant_id) as session:
        RENAME.run(session, {"name": "Parlour"})
        assert session.scalars(select(Tenant.name)).all() == ["Parlour"]
        assert [TENANT.row(values).id for values in ALL_TENANTS.rows(session, {})] == [tenant_id]
        session.rollback()
    with services.transaction(tenant_id) as session:
        assert session.scalars(select(Tenant.name)).all() == ["Salon"]


def test_detached_row_says_what_was_read_and_no_more(services: Database, tenant_id: UUID) -> None:
    with services.transaction(tenant_id) as session:
        values = ALL_TENANTS.first(session, {})
        assert values is not None
        tenant = TENANT.row(values)
        assert (tenant.status, tenant.settings) == (TenantStatus.ACTIVE, {})
        assert tenant not in session
        with pytest.raises(DetachedInstanceError):
            _ = tenant.name


def test_failure_leaves_no_open_transaction(services: Database, tenant_id: UUID) -> None:
    with pytest.raises(DataError), services.transaction(tenant_id) as session:
        ONE_DIVIDED_BY.first(session, {"number": 0})
    with services.transaction() as session:
        assert ALL_TENANTS.rows(session, {}) == []


def test_constraint_is_named_as_ever(services: Database, tenant_id: UUID) -> None:
    with pytest.raises(IntegrityError), services.transaction(tenant_id) as session:
        SAME_SLUG.run(session, {"id": tenant_id})
    refusals = {"pk_tenants": Conflict}
    with (
        pytest.raises(Conflict),
        services.transaction(tenant_id) as session,
        translating(refusals),
    ):
        SAME_SLUG.run(session, {"id": tenant_id})


def test_listeners_hear_of_it(services: Database, tenant_id: UUID) -> None:
    heard = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        heard.append((statement, values))

    with services.transaction(tenant_id) as session:
        event.listen(session.get_bind(), "before_cursor_execute", note)
        RENAME.run(session, {"name": "Parlour"})
    assert heard == [("UPDATE tenants SET name = $1", ["Parlour"])]


def test_lost_connection_is_replaced(services: Database, tenant_id: UUID) -> None:
    with pytest.raises(OperationalError), services.transaction(tenant_id) as session:
        DIE.run(session, {})
    with services.transaction(tenant_id) as session:
        assert len(ALL_TENANTS.rows(session, {})) == 1
