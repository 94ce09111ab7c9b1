"""Expired holds are in nobody's way, and whoever still gets nothing keeps nothing from others."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.api_clients import NOW, Shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.holding import WantedTime, hold_time
from sloty_shared.models import HeldTime

from .bookings import NINE

START = datetime.fromisoformat(NINE)
HALF = timedelta(minutes=30)
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def database(apis_database: DatabaseUrls) -> Iterator[Database]:
    database = Database(apis_database.app_url, pool_size=2)
    yield database
    database.dispose()


def hold(session: Session, shop: Shop, length: timedelta, now: datetime) -> HeldTime | None:
    """Hold so much from nine o'clock on, for a minute."""
    wanted = WantedTime(
        tenant_id=UUID(shop.tenant["id"]),
        provider_id=UUID(shop.provider["id"]),
        service_id=UUID(shop.service["id"]),
        start=START,
        held_until=START + length,
    )
    expires_at = now + timedelta(minutes=1)
    return hold_time(session, wanted, end=START + length, expires_at=expires_at, now=now)


def test_time_that_is_not_got_is_not_kept_locked(shop: Shop, database: Database) -> None:
    """Two who each ask one provider after the other would wait for each other for ever."""
    tenant = UUID(shop.tenant["id"])
    with database.transaction(tenant) as session:
        assert hold(session, shop, HALF, NOW)
    shop.book((START + HALF).isoformat(), ignoreAvailability=True)
    with database.transaction(tenant) as loser:
        assert hold(loser, shop, 2 * HALF, LATER) is None
        with database.transaction(tenant) as other:
            other.execute(text("SET LOCAL lock_timeout = '200ms'"))
            assert hold(other, shop, HALF, LATER)
