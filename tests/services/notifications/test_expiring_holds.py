"""Holds that expired long ago are deleted, of all businesses; those of now and appointments stay."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from tests.factories import (
    make_appointment,
    make_location,
    make_provider,
    make_service,
    make_tenant,
    owner_session,
)

from sloty_deploy.scratch import DatabaseUrls
from sloty_notifications.expire import BATCH, expire_holds
from sloty_shared.database import Database

# When holds expire, in minutes from now.
LONG_AGO, JUST_NOW, LIVE = -61, -59, 5

HOLD = """
    WITH hold AS MATERIALIZED (
        SELECT gen_random_uuid() AS id, p.tenant_id, p.id AS provider_id, s.id AS service_id,
               timestamptz '2031-01-01' + make_interval(days => %(until)s, mins => n) AS held_from
        FROM providers p JOIN services s ON s.tenant_id = p.tenant_id, generate_series(1, %(count)s) n
    )
    INSERT INTO held_times
        (id, seat_group, tenant_id, provider_id, service_id, held_from, held_until, expires_at)
    SELECT id, id, tenant_id, provider_id, service_id, held_from, held_from + interval '1 minute',
           now() + make_interval(mins => %(until)s)
    FROM hold
"""


@pytest.fixture
def shops(database: DatabaseUrls) -> DatabaseUrls:
    """Two businesses, one of which has an appointment."""
    with owner_session(database.owner_url) as session:
        for _ in range(2):
            tenant = make_tenant(session)
            place = make_location(session, tenant=tenant)
            provider = make_provider(session, tenant=tenant, location=place)
            service = make_service(session, tenant=tenant)
        make_appointment(
            session,
            tenant=tenant,
            location=place,
            provider=provider,
            service=service,
            start_time=datetime(2030, 1, 1, 9, tzinfo=UTC),
        )
    return database


@pytest.fixture
def services(shops: DatabaseUrls) -> Iterator[Database]:
    """The database as the services see it."""
    app = Database(shops.app_url, pool_size=2)
    yield app
    app.dispose()


def hold(shops: DatabaseUrls, until: int, *, count: int = 1) -> None:
    """So many holds at each of the businesses, that expire then, each at a time of its own."""
    with psycopg.connect(shops.owner_url) as owner:
        owner.execute(HOLD, {"until": until, "count": count})


def left(shops: DatabaseUrls) -> list[int | None]:
    """In how many minutes each held time expires; None for the appointment's."""
    query = """
        SELECT round(extract(epoch FROM expires_at - now()) / 60)::int
        FROM held_times ORDER BY expires_at
    """
    with psycopg.connect(shops.owner_url) as owner:
        return [minutes for (minutes,) in owner.execute(query)]


def test_holds_of_long_ago_alone_are_deleted(shops: DatabaseUrls, services: Database) -> None:
    for until in (LONG_AGO, JUST_NOW, LIVE):
        hold(shops, until)
    assert expire_holds(services) == 2
    assert left(shops) == [JUST_NOW, JUST_NOW, LIVE, LIVE, None]
    assert expire_holds(services) == 0


def test_many_are_deleted_in_batches(shops: DatabaseUrls, services: Database) -> None:
    hold(shops, LONG_AGO, count=BATCH // 2 + 10)
    assert expire_holds(services) == BATCH + 20
    assert left(shops) == [None]


def test_hold_that_is_being_taken_is_left_alone(shops: DatabaseUrls, services: Database) -> None:
    """Whoever takes an expired hold's time has locked it: nobody waits for the other."""
    hold(shops, LONG_AGO)
    with psycopg.connect(shops.owner_url) as taker:
        taker.execute("SELECT FROM held_times WHERE expires_at < now() LIMIT 1 FOR UPDATE")
        assert expire_holds(services) == 1
        assert expire_holds(services) == 0
    assert expire_holds(services) == 1


def test_door_opens_on_no_live_hold(shops: DatabaseUrls) -> None:
    """The services' role cannot move the moment: the function asks the database's clock itself."""
    hold(shops, LIVE)
    with psycopg.connect(shops.app_url) as services:
        assert services.execute("SELECT * FROM expire_holds(10)").fetchall() == []
    assert left(shops) == [LIVE, LIVE, None]


def test_expired_holds_are_found_by_an_index(shops: DatabaseUrls) -> None:
    with psycopg.connect(shops.owner_url) as owner:
        owner.execute("SET enable_seqscan = off")
        lines = owner.execute(
            "EXPLAIN SELECT id FROM held_times WHERE expires_at <= now() - interval '1 hour'"
        ).fetchall()
    assert any("idx_held_times_expires_at" in line for (line,) in lines)
