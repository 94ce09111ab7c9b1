"""Finding who asks: one statement that enters their tenant before it reads there."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select, text
from tests.api_clients import NOW, Apis, Business

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.errors import NotFound
from sloty_shared.models import Tenant
from sloty_shared.web.caller import enter_tenant_by_slug, identify
from sloty_shared.web.doors import ENTERED_TENANT, Question

JOINS = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin")
# What the policies let through says whether the tenant was entered before it was read.
TENANTS_SEEN: Any = select(
    func.count(), func.min(Tenant.name), ENTERED_TENANT.label("tenant")
).select_from(Tenant)
SCANS = ("enable_indexscan", "enable_bitmapscan", "enable_seqscan")


@pytest.fixture
def services(apis_database: DatabaseUrls) -> Iterator[Database]:
    opened = Database(apis_database.app_url, pool_size=1)
    yield opened
    opened.dispose()


@pytest.fixture
def business(apis: Apis) -> Business:
    return apis.sign_up()


@pytest.mark.parametrize(("join", "scan"), list(product(JOINS, SCANS)))
def test_tenant_is_entered_first_whatever_the_plan(
    services: Database, business: Business, join: str, scan: str
) -> None:
    key = business.booking.post("/v1/api-keys", {"name": "till", "role": "STAFF"})["key"]
    others = [f"SET LOCAL {name} = off" for name in (*JOINS, *SCANS) if name not in (join, scan)]
    seen = Question(TENANTS_SEEN, {})
    for token in (business.booking.token, key):
        with services.transaction() as session:
            session.execute(text("; ".join(others)))
            caller, found = identify(session, f"Bearer {token}", now=NOW, question=seen)
            assert str(caller.tenant.id) == business.tenant["id"]
            assert found is not None
            assert found.values == (1, business.tenant["name"], caller.tenant.id)
    with services.transaction() as session:
        session.execute(text("; ".join(others)))
        tenant, found = enter_tenant_by_slug(session, business.tenant["slug"], seen)
        assert tenant.name == business.tenant["name"]
        assert found is not None
        assert found.values == (1, business.tenant["name"], tenant.id)


def test_question_finds_nothing_where_nobody_is_let_in(
    services: Database, business: Business
) -> None:
    seen = Question(TENANTS_SEEN, {})
    with services.single_statements() as connection:
        with pytest.raises(NotFound):
            enter_tenant_by_slug(connection, "no-such-business", seen)
        for _ in range(2):
            tenant, found = enter_tenant_by_slug(connection, business.tenant["slug"], seen)
            assert found is not None
            assert found.values == (1, business.tenant["name"], tenant.id)
            # Each statement is by itself, so nothing is left of the tenant after it.
            assert connection.scalar(text("SELECT count(*) FROM tenants")) == 0


def test_nobody_is_let_in_by_the_tenant_of_another(services: Database, business: Business) -> None:
    with services.transaction() as session:
        with pytest.raises(NotFound):
            enter_tenant_by_slug(session, "no-such-business")
        assert session.scalar(text("SELECT current_setting('app.tenant_id', true)")) in (None, "")
    with services.transaction() as session:
        identify(session, f"Bearer {business.booking.token}", now=NOW)
        entered = session.scalar(text("SELECT current_setting('app.tenant_id')"))
        assert entered == business.tenant["id"]
        assert session.scalar(text("SELECT count(*) FROM tenants")) == 1
