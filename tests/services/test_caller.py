"""Finding who asks: one statement that enters their tenant before it reads there."""

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import text
from tests.api_clients import NOW, Apis, Business

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.errors import NotFound
from sloty_shared.web.caller import enter_tenant_by_slug, identify

JOINS = ("enable_nestloop", "enable_hashjoin", "enable_mergejoin")
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
    for token in (business.booking.token, key):
        with services.transaction() as session:
            session.execute(text("; ".join(others)))
            caller = identify(session, f"Bearer {token}", now=NOW)
            assert str(caller.tenant.id) == business.tenant["id"]
    with services.transaction() as session:
        session.execute(text("; ".join(others)))
        assert (
            enter_tenant_by_slug(session, business.tenant["slug"]).name == business.tenant["name"]
        )


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
