"""What the notification workers are given to do: messages that are due, written as plain rows."""

from datetime import datetime, timedelta
from typing import Any

import psycopg

from sloty_deploy.bench.shop import Shop

# Whatever else is due on the site would be sent too.
_SETTLE = (
    "UPDATE notifications SET status = 'SKIPPED' WHERE status IN ('PENDING', 'SENDING')",
    "UPDATE appointments SET remind_at = NULL WHERE remind_at < now() + interval '1 day'",
    "TRUNCATE audit_unsealed",
    "VACUUM ANALYZE",
)
# One message for an appointment: those of one appointment wait for each other.
_OWE = """
    INSERT INTO notifications (tenant_id, kind, channel, recipient, appointment_id)
    SELECT tenant_id, 'BOOKED', 'EMAIL', %(recipient)s, id FROM appointments
    WHERE tenant_id = %(tenant)s AND status = 'SCHEDULED' AND start_time > now() LIMIT %(number)s
"""
_SENT = """
    SELECT extract(epoch FROM sent_at)::float FROM notifications
    WHERE recipient = %s AND status = 'SENT'
"""
_REMIND = """
    INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
        timezone, start_time, end_time, held_until, confirmation_code, booked_at, remind_at)
    SELECT %(tenant)s, %(service)s, %(provider)s, %(location)s, %(customer)s, 'UTC', slot,
        slot + interval '30 minutes', slot + interval '30 minutes', uuidv7(), now(),
        slot - interval '1 hour'
    FROM generate_series(0, %(number)s - 1) n,
    LATERAL (SELECT %(first)s + interval '1 hour' + n * %(apart)s AS slot) times
"""
_LATENESS = """
    SELECT extract(epoch FROM sent_at - due_at)::float FROM notifications
    WHERE kind = 'REMINDER' AND status = 'SENT' AND due_at >= %(first)s
"""


def settle(connection: psycopg.Connection[Any]) -> None:
    """Leave nothing due."""
    for statement in _SETTLE:
        connection.execute(statement)


def owe(connection: psycopg.Connection[Any], shop: Shop, number: int, recipient: str) -> int:
    """Owe one message each for so many appointments, now; how many there were."""
    facts = {"tenant": shop.tenant, "number": number, "recipient": recipient}
    return connection.execute(_OWE, facts).rowcount


def sent(connection: psycopg.Connection[Any], recipient: str) -> list[float]:
    """When each message to this recipient was sent, in seconds since 1970."""
    return [row[0] for row in connection.execute(_SENT, [recipient])]


def remind(
    connection: psycopg.Connection[Any], shop: Shop, number: int, first: datetime, within: timedelta
) -> None:
    """Appointments whose reminders are due from `first` on, evenly spread `within` that time.

    They hold no time, since nobody has so many providers.
    """
    facts = {
        "tenant": shop.tenant,
        "service": shop.service,
        "provider": shop.counter[0],
        "location": shop.location,
        "customer": shop.customer,
        "number": number,
        "first": first,
        "apart": within / number,
    }
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(_REMIND, facts)


def lateness(connection: psycopg.Connection[Any], first: datetime) -> list[float]:
    """By how many seconds each reminder due from `first` on was sent late."""
    return [row[0] for row in connection.execute(_LATENESS, {"first": first})]
