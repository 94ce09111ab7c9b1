"""Appointments and holds as somebody with a SQL prompt would write them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sloty_shared.ids import new_confirmation_code, new_id

from .catalog import Connection
from .one_of_everything import Tenant, insertion

# A day of which no other test's rows are.
DAY = datetime(2031, 3, 3, tzinfo=UTC)


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return DAY + timedelta(hours=int(hours), minutes=int(minutes))


def book(
    connection: Connection,
    tenant: Tenant,
    start: str,
    end: str,
    *,
    buffer: int = 0,
    status: str = "SCHEDULED",
    provider: str = "busy",
    **more: Any,
) -> UUID:
    """Insert an appointment with a buffer in minutes; give its id."""
    values = {
        "id": new_id(),
        "tenant_id": tenant.id,
        "service_id": tenant["offered"]["id"],
        "provider_id": tenant[provider]["id"],
        "location_id": tenant["locations"]["id"],
        "customer_id": tenant["customers"]["id"],
        "timezone": "UTC",
        "start_time": at(start),
        "end_time": at(end),
        "held_until": at(end) + timedelta(minutes=buffer),
        "status": status,
        "confirmation_code": new_confirmation_code(),
        **more,
    }
    row = connection.execute(insertion("appointments", values), values).fetchone()
    assert row is not None
    return UUID(str(values["id"]))


def hold(connection: Connection, tenant: Tenant, start: str, end: str) -> UUID:
    """Insert a hold that expires; give its id."""
    hold_id = new_id()
    values = {
        "id": hold_id,
        "tenant_id": tenant.id,
        "provider_id": tenant["busy"]["id"],
        "service_id": tenant["offered"]["id"],
        "held_from": at(start),
        "held_until": at(end),
        "seat_group": hold_id,
        "expires_at": at(start),
    }
    connection.execute(insertion("held_times", values), values)
    return UUID(str(values["id"]))


def open_session(
    connection: Connection, tenant: Tenant, start: str, end: str, *, capacity: int = 3
) -> UUID:
    """Insert a group session that places can be booked in; give its id."""
    values = {
        "id": new_id(),
        "tenant_id": tenant.id,
        "provider_id": tenant["busy"]["id"],
        "service_id": tenant["offered"]["id"],
        "held_from": at(start),
        "held_until": at(end),
        "capacity": capacity,
    }
    connection.execute(insertion("group_sessions", values), values)
    return UUID(str(values["id"]))


def held(connection: Connection, appointment: UUID) -> list[tuple[datetime, datetime]]:
    return connection.execute(
        "SELECT held_from, held_until FROM held_times WHERE appointment_id = %s", [appointment]
    ).fetchall()
