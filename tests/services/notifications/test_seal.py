"""Sealing the audit: every event once, whichever commits late, whoever seals and is killed at it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.audit_trail import (
    add_committed,
    add_events,
    app_database,
    new_tenant,
    services,
    tamper,
    verdict_on,
)
from tests.counts import wait_until_told

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_notifications.seal import seal_audit
from sloty_shared.database import Database
from sloty_shared.models import Tenant

from .desk import Desk
from .station import Station

SEAL = """
import sys
from sloty_notifications.seal import seal_audit
from sloty_shared.database import Database
print("sealing", flush=True)
seal_audit(Database(sys.argv[1]))
"""

# Events that do not wait: so many that reading them all is no plan's choice.
MANY_MORE = """
    INSERT INTO audit_events (tenant_id, actor_type, action, entity_type, entity_id, before, after)
    SELECT tenant_id, actor_type, action, entity_type, entity_id, before, after
    FROM audit_events CROSS JOIN generate_series(1, 10)
"""


@pytest.fixture
def sealer(database: DatabaseUrls) -> Iterator[Database]:
    app = app_database(database)
    yield app
    app.dispose()


@pytest.fixture
def tenant(database: DatabaseUrls) -> Tenant:
    return new_tenant(database)


def positions(database: DatabaseUrls, tenant: Tenant) -> list[Any]:
    """Ids of sealed events in the order of the chain."""
    with psycopg.connect(database.owner_url) as owner:
        return [
            row[0]
            for row in owner.execute(
                "SELECT event_id FROM audit_seals WHERE tenant_id = %s ORDER BY position",
                [tenant.id],
            )
        ]


def test_events_are_sealed_in_their_order(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    first = add_committed(database, tenant, 3)
    assert verdict_on(database, tenant).waiting == 3
    assert seal_audit(sealer) == 3
    second = add_committed(database, tenant, 2)
    assert seal_audit(sealer) == 2
    assert seal_audit(sealer) == 0
    assert positions(database, tenant) == first + second
    verdict = verdict_on(database, tenant)
    assert (verdict.sealed, verdict.waiting, verdict.faults) == (5, 0, [])


def test_late_commit_is_sealed_later(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    with services(database, tenant) as late, services(database, tenant) as later:
        begun_first = add_events(late, tenant)
        add_events(later, tenant)
        between = add_committed(database, tenant)
        assert seal_audit(sealer) == 1
        late.commit()
        assert seal_audit(sealer) == 1
        later.rollback()
    assert seal_audit(sealer) == 0
    assert positions(database, tenant) == between + begun_first
    assert verdict_on(database, tenant).faults == []


def test_each_tenant_has_a_chain_of_its_own(database: DatabaseUrls, sealer: Database) -> None:
    tenants = [new_tenant(database) for _ in range(3)]
    for number, one in enumerate(tenants, 1):
        add_committed(database, one, number)
    assert seal_audit(sealer) == 6
    heads = set()
    for number, one in enumerate(tenants, 1):
        verdict = verdict_on(database, one)
        assert (verdict.sealed, verdict.head.position, verdict.faults) == (number, number, [])
        heads.add(verdict.head.hash)
    assert len(heads) == 3


def test_deleted_event_stops_no_sealing(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    gone, _ = add_committed(database, tenant, 2)
    tamper(database, f"DELETE FROM audit_events WHERE id = '{gone}'")
    assert seal_audit(sealer) == 1
    assert verdict_on(database, tenant).faults == [f"event {gone} was deleted before it was sealed"]
    add_committed(database, tenant)
    assert seal_audit(sealer) == 1


def test_entry_written_twice_seals_once(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    (event,) = add_committed(database, tenant)
    seal_audit(sealer)
    with services(database, tenant) as connection:
        connection.execute("INSERT INTO audit_unsealed VALUES (%s, %s)", [tenant.id, event])
    seal_audit(sealer)
    assert positions(database, tenant) == [event]
    verdict = verdict_on(database, tenant)
    assert (verdict.sealed, verdict.waiting, verdict.faults) == (1, 0, [])


def test_many_writers_and_sealers_make_one_chain(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    """Ten thousand events, each in a transaction of its own, sealed by three while they come."""
    writers = [threading.Thread(target=write_events, args=(database, tenant)) for _ in range(8)]
    done = threading.Event()
    sealers = [threading.Thread(target=seal_until, args=(sealer, done)) for _ in range(3)]
    for thread in (*writers, *sealers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in sealers:
        thread.join()
    seal_audit(sealer)
    verdict = verdict_on(database, tenant)
    assert (verdict.sealed, verdict.waiting, verdict.faults) == (10_000, 0, [])
    assert len(set(positions(database, tenant))) == 10_000


def write_events(database: DatabaseUrls, tenant: Tenant) -> None:
    with services(database, tenant) as connection:
        for _ in range(1250):
            add_events(connection, tenant)
            connection.commit()


def seal_until(sealer: Database, done: threading.Event) -> None:
    while not done.is_set():
        seal_audit(sealer)


def test_killed_sealer_leaves_the_chain_whole(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    events = add_committed(database, tenant, 50)
    slow_down_sealing(database)
    for _ in range(3):
        kill_while_sealing(database, sealer)
    assert positions(database, tenant) == []
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DROP TRIGGER slowly ON audit_seals")
    seal_audit(sealer)
    assert positions(database, tenant) == events
    assert verdict_on(database, tenant).faults == []


def slow_down_sealing(database: DatabaseUrls) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            """
            CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$;
            CREATE TRIGGER slowly BEFORE INSERT ON audit_seals
                FOR EACH ROW EXECUTE FUNCTION slowly();
            """
        )


def kill_while_sealing(database: DatabaseUrls, sealer: Database) -> None:
    url = sealer.engine.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", SEAL, url], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with psycopg.connect(database.superuser_url, autocommit=True) as watcher:
            wait_for(watcher, sleeping=True)
            os.kill(process.pid, signal.SIGKILL)
            wait_for(watcher, sleeping=False)


def wait_for(watcher: psycopg.Connection[Any], *, sleeping: bool) -> None:
    """Until a backend of this database seals, or none does any more."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        row = watcher.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND query LIKE '%audit_seals%' AND state <> 'idle' AND pid <> pg_backend_pid())"
        ).fetchone()
        assert row is not None
        if row[0] is sleeping:
            return
        time.sleep(0.02)
    raise AssertionError(f"sleeping was not {sleeping} in time")


def test_sealing_costs_what_waits_only(
    database: DatabaseUrls, sealer: Database, tenant: Tenant
) -> None:
    """With many sealed events none of them is read again: each query goes by an index."""
    for _ in range(20):
        add_committed(database, new_tenant(database), 5)
    add_committed(database, tenant, 2000)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        # As autovacuum does soon; without it a plan made for empty tables can take very long.
        owner.execute("ANALYZE audit_events, audit_seals, audit_unsealed")
    while seal_audit(sealer):
        pass
    tamper(database, MANY_MORE)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE audit_events, audit_seals, audit_unsealed")
    add_committed(database, tenant, 3)
    reads = rows_read(database, sealer)
    assert seal_audit(sealer) == 3
    added = {table: count - reads[table] for table, count in rows_read(database, sealer).items()}
    assert 3 <= added["audit_events"] < 50, added
    assert 1 <= added["audit_seals"] < 50, added
    assert 3 <= added["audit_unsealed"] < 50, added


def rows_read(database: DatabaseUrls, sealer: Database) -> dict[str, int]:
    """Rows that any scan has read so far, by table."""
    sealer.dispose()
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        wait_until_told(connection)
        connection.execute("SELECT pg_stat_clear_snapshot()")
        return dict(
            connection.execute(
                "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0)"
                " FROM pg_stat_user_tables WHERE relname LIKE 'audit%'"
            ).fetchall()
        )


def test_worker_seals_by_itself(
    desk: Desk, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Any
) -> None:
    tenant = new_tenant(database)
    add_committed(database, tenant, 3)
    station = Station(database.app_url, broker.url, desk.office.url, tmp_path)
    with station.worker(), station.beat():
        deadline = time.monotonic() + 20
        while verdict_on(database, tenant).waiting and time.monotonic() < deadline:
            time.sleep(0.1)
    verdict = verdict_on(database, tenant)
    assert (verdict.sealed, verdict.waiting, verdict.faults) == (3, 0, [])
