"""Many at once want one slot: one gets it, nobody deadlocks, nobody waits long."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.ids import new_confirmation_code, new_id

from .booking_by_hand import at
from .one_of_everything import Tenant, enter, fill

CLIENTS = 30
LONGEST_WAIT_SECONDS = 5
# Takes the time first, asking without an error; the appointment is there only if that was free.
BOOK = """
WITH held AS (
    INSERT INTO held_times
        (tenant_id, provider_id, service_id, appointment_id, held_from, held_until, seat_group)
    VALUES (%(tenant)s, %(provider)s, %(service)s, %(id)s, %(start)s, %(end)s, %(id)s)
    ON CONFLICT ON CONSTRAINT no_double_booking DO NOTHING
    RETURNING *
)
INSERT INTO appointments (id, tenant_id, service_id, provider_id, location_id, customer_id,
    timezone, start_time, end_time, held_until, confirmation_code)
SELECT appointment_id, tenant_id, service_id, provider_id, %(location)s, %(customer)s,
    'UTC', held_from, held_until, held_until, %(code)s
FROM held RETURNING id
"""


def test_one_of_thirty_gets_the_slot(database: DatabaseUrls) -> None:
    with psycopg.connect(database.app_url, row_factory=dict_row) as connection:
        tenant = fill(connection, "one")
    deadlocks_before = deadlocks(database)
    together = threading.Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as clients:
        answers = list(
            clients.map(lambda _: book_at_once(database, tenant, together), range(CLIENTS))
        )
    booked = [appointment for appointment, _ in answers if appointment]
    assert len(booked) == 1
    assert max(seconds for _, seconds in answers) < LONGEST_WAIT_SECONDS
    assert deadlocks(database) == deadlocks_before
    with psycopg.connect(database.owner_url) as owner:
        query = "SELECT appointment_id FROM held_times WHERE held_from = %s"
        assert owner.execute(query, [at("10:00")]).fetchall() == [(booked[0],)]
        query = "SELECT id FROM appointments WHERE start_time = %s"
        assert owner.execute(query, [at("10:00")]).fetchall() == [(booked[0],)]


def book_at_once(
    database: DatabaseUrls, tenant: Tenant, together: threading.Barrier
) -> tuple[UUID | None, float]:
    """The appointment, if it was got, and the seconds that this took."""
    with psycopg.connect(database.app_url) as connection:
        together.wait(timeout=30)
        started = time.perf_counter()
        enter(connection, tenant.id)
        row = connection.execute(
            BOOK,
            {
                "id": new_id(),
                "code": new_confirmation_code(),
                "tenant": tenant.id,
                "provider": tenant["busy"]["id"],
                "service": tenant["offered"]["id"],
                "location": tenant["locations"]["id"],
                "customer": tenant["customers"]["id"],
                "start": at("10:00"),
                "end": at("10:30"),
            },
        ).fetchone()
        connection.commit()
        return row[0] if row else None, time.perf_counter() - started


def deadlocks(database: DatabaseUrls) -> int:
    with psycopg.connect(database.owner_url) as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return int(row[0])
