"""The appointments of everybody else, in bulk: what stands in the tables while others are measured."""

from typing import Any

import psycopg

from sloty_deploy.bench.shop import Shop

# Each of these has appointments without a break.
CROWD_SIZE = 200
# How many of all there are lie in the past of those who are measured.
PAST_SHARE = 10

_HIRE = """
    WITH people AS (
        INSERT INTO users (tenant_id, email, role)
        SELECT %(tenant)s, uuidv7() || '@example.com', 'PROVIDER'
        FROM generate_series(1, %(crowd)s) RETURNING id
    )
    INSERT INTO providers (tenant_id, user_id, location_id)
    SELECT %(tenant)s, id, %(location)s FROM people RETURNING id
"""
_APPOINTMENTS = """
    INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
        timezone, start_time, end_time, held_until, confirmation_code, status, remind_at)
    SELECT %(tenant)s, %(service)s, providers[1 + n %% cardinality(providers)], %(location)s,
        %(customer)s, 'UTC', slot, slot + interval '30 minutes', slot + interval '30 minutes',
        uuidv7(), %(status)s::text,
        CASE WHEN %(status)s::text = 'SCHEDULED' THEN slot - interval '1 day' END
    FROM (SELECT %(providers)s::uuid[] AS providers) those, generate_series(0, %(number)s - 1) n,
    LATERAL (SELECT date_trunc('day', now()) + %(direction)s *
        (interval '5 days' + n / cardinality(providers) * interval '30 minutes') AS slot) times
"""
_HELD = """
    INSERT INTO held_times (tenant_id, provider_id, service_id, appointment_id, held_from,
        held_until, seat_group)
    SELECT tenant_id, provider_id, service_id, id, start_time, held_until, id
    FROM appointments WHERE status = 'SCHEDULED' AND provider_id = ANY(%(providers)s)
"""
_NOTIFICATIONS = """
    INSERT INTO notifications (tenant_id, kind, channel, recipient, appointment_id, status,
        attempts, sent_at)
    SELECT tenant_id, 'BOOKED', 'EMAIL', 'grace@example.com', id, 'SENT', 1, now()
    FROM appointments a
    WHERE NOT EXISTS (SELECT FROM notifications n WHERE n.appointment_id = a.id)
"""
_AUDIT = """
    INSERT INTO audit_events (tenant_id, actor_type, action, entity_type, entity_id, after)
    SELECT tenant_id, 'PUBLIC', 'appointment.booked', 'Appointment', id,
        jsonb_build_object('id', id, 'startTime', start_time, 'providerId', provider_id)
    FROM appointments
"""


def crowd(connection: psycopg.Connection[Any], shop: Shop, stored: int) -> None:
    """Store this many future appointments of other providers, and a tenth as many past ones.

    As a superuser, and without the triggers that each single row would fire: what they would have
    written is written here too. The connection commits by itself.
    """
    facts = {
        "tenant": shop.tenant,
        "service": shop.service,
        "location": shop.location,
        "customer": shop.customer,
        "crowd": CROWD_SIZE,
    }
    others = [row[0] for row in connection.execute(_HIRE, facts)]
    future = {"providers": others, "number": stored, "direction": 1, "status": "SCHEDULED"}
    past = {
        "providers": shop.providers,
        "number": stored // PAST_SHARE,
        "direction": -1,
        "status": "COMPLETED",
    }
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for part in (future, past):
            connection.execute(_APPOINTMENTS, {**facts, **part})
        connection.execute(_HELD, {"providers": others})
        connection.execute(_NOTIFICATIONS)
        connection.execute(_AUDIT)
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
