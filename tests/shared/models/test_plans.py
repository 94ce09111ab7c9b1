"""The hot queries use their indexes under row-level security, also when tables are big."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sloty_deploy.scratch import DatabaseUrls, ScratchPostgres

from .catalog import Connection
from .one_of_everything import Tenant, enter, fill

ROWS = 50_000
# As many at least as one provider never has in one month.
NEAR = 300
START = datetime(2030, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=31)
TEN_PROVIDERS_AND_THEIR_APPOINTMENTS = """
WITH people AS (
    INSERT INTO users (tenant_id, email)
    SELECT %(tenant)s, n || '@' || %(tenant)s FROM generate_series(1, 10) n
    RETURNING id
), staff AS (
    INSERT INTO providers (tenant_id, user_id, location_id)
    SELECT %(tenant)s, id, %(location)s FROM people RETURNING id
), numbered AS (SELECT id, row_number() OVER () - 1 AS number FROM staff)
INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
    timezone, start_time, end_time, held_until, confirmation_code, remind_at)
SELECT %(tenant)s, %(service)s, numbered.id, %(location)s, %(customer)s, 'UTC',
    slot, slot + interval '30 minutes', slot + interval '30 minutes', uuidv7(),
    CASE WHEN n %% 100 = 0 THEN slot END
FROM generate_series(1, %(rows)s) n
JOIN numbered ON number = n %% 10,
LATERAL (SELECT %(start)s + n / 10 * interval '30 minutes' AS slot) times
"""
TIMES_THEY_HOLD = """
INSERT INTO held_times (tenant_id, provider_id, service_id, appointment_id, held_from,
    held_until, seat_group)
SELECT tenant_id, provider_id, service_id, id, start_time, held_until, id
FROM appointments WHERE tenant_id = %(tenant)s AND status = 'SCHEDULED'
ON CONFLICT DO NOTHING
"""
LONG_LEDGER = """
INSERT INTO notifications (tenant_id, kind, channel, recipient, appointment_id, status,
    next_attempt_at)
SELECT tenant_id, 'BOOKED', 'EMAIL', 'c@example.org', id,
    CASE WHEN id::text LIKE '%%00' THEN 'PENDING' ELSE 'SENT' END, start_time
FROM appointments WHERE tenant_id = %(tenant)s
ON CONFLICT DO NOTHING
"""


@pytest.fixture(scope="module")
def big(postgres: ScratchPostgres, migrated_template: str) -> Iterator[tuple[DatabaseUrls, Tenant]]:
    """A database in which half of everything belongs to one tenant and half to another."""
    database = postgres.clone(migrated_template)
    with psycopg.connect(database.app_url, row_factory=dict_row) as connection:
        tenants = fill(connection, "one"), fill(connection, "other")
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for tenant in tenants:
            crowd(owner, tenant)
        owner.execute("ANALYZE")
    yield database, tenants[0]
    postgres.drop(database)


def crowd(owner: Connection, tenant: Tenant) -> None:
    """Give the tenant ten providers with appointments every half hour, and a long ledger."""
    facts = {
        "tenant": tenant.id,
        "service": tenant["offered"]["id"],
        "location": tenant["locations"]["id"],
        "customer": tenant["customers"]["id"],
        "start": START,
        "rows": ROWS // 2,
    }
    # The rows that appointments hold are written in one go, which is what makes this quick.
    owner.execute("ALTER TABLE appointments DISABLE TRIGGER hold_time")
    owner.execute(TEN_PROVIDERS_AND_THEIR_APPOINTMENTS, facts)
    owner.execute("ALTER TABLE appointments ENABLE TRIGGER hold_time")
    owner.execute(TIMES_THEY_HOLD, facts)
    owner.execute(LONG_LEDGER, facts)


def plan(connection: Connection, query: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the query's plan as it ran."""
    row = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", facts).fetchone()
    assert row is not None
    return list(_steps(row[0][0]["Plan"]))


def _steps(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for inner in step.get("Plans", []):
        yield from _steps(inner)


def assert_uses(steps: list[dict[str, Any]], index: str) -> None:
    told = json.dumps(steps, indent=1)
    assert "Seq Scan" not in {step["Node Type"] for step in steps}, told
    assert index in {step.get("Index Name") for step in steps}, told
    read = max(step["Actual Rows"] + step.get("Rows Removed by Filter", 0) for step in steps)
    assert read < NEAR * 10, told


def as_services(database: DatabaseUrls, tenant: Tenant) -> Connection:
    connection = psycopg.connect(database.app_url)
    enter(connection, tenant.id)
    return connection


def test_busy_time_is_read_by_provider_and_start(big: tuple[DatabaseUrls, Tenant]) -> None:
    database, tenant = big
    with as_services(database, tenant) as services:
        provider = services.execute("SELECT provider_id FROM held_times OFFSET 5000 LIMIT 1")
        steps = plan(
            services,
            """
            SELECT held_from, held_until FROM held_times
            WHERE tenant_id = %(tenant)s AND provider_id = %(provider)s
              AND held_from < %(until)s AND held_from > %(earliest)s AND held_until > %(since)s
            """,
            {
                "tenant": tenant.id,
                "provider": (provider.fetchone() or [None])[0],
                "earliest": START + timedelta(days=22),
                "since": START + timedelta(days=30),
                "until": START + timedelta(days=37),
            },
        )
    assert_uses(steps, "idx_held_times_provider_id_held_from")


@pytest.mark.parametrize("place", ["", "AND (start_time, id) > (%(since)s, %(id)s)"])
def test_list_is_read_in_its_order(big: tuple[DatabaseUrls, Tenant], place: str) -> None:
    database, tenant = big
    with as_services(database, tenant) as services:
        steps = plan(
            services,
            f"""
            SELECT * FROM appointments WHERE tenant_id = %(tenant)s {place}
            ORDER BY start_time, id LIMIT 51
            """,
            {"tenant": tenant.id, "since": START + MONTH, "id": tenant.id},
        )
    assert_uses(steps, "idx_appointments_tenant_id_start_time_id")
    assert "Sort" not in {step["Node Type"] for step in steps}


@pytest.mark.parametrize(
    ("door", "facts", "index"),
    [
        ("due_appointments", [START + MONTH, 100], "idx_appointments_remind_at"),
        (
            "claim_notifications",
            ["EMAIL", START + MONTH, START + MONTH, 100],
            "idx_notifications_takeable",
        ),
        ("find_user", ["5@example.org"], "idx_users_email"),
        ("find_session", [b"hash"], "uq_sessions_session_token_hash"),
    ],
)
def test_door_reads_what_it_gives(
    big: tuple[DatabaseUrls, Tenant], door: str, facts: list[Any], index: str
) -> None:
    """The function's own text, as its definer runs it."""
    database, _ = big
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute(
            "SELECT prosrc, proargnames[:pronargs] FROM pg_proc WHERE oid = %s::regproc", [door]
        ).fetchone()
        assert row is not None
        query, names = row
        for name in names:
            query = re.sub(rf"(?<!\.)\b({door}\.)?{name}\b", f"%({name})s", query)
        if door.startswith("find"):
            # Those tables stay small, and reading a page whole is then right.
            owner.execute("SET LOCAL enable_seqscan = off")
        steps = plan(owner, query, dict(zip(names, facts, strict=True)))
        owner.rollback()
    assert_uses(steps, index)
