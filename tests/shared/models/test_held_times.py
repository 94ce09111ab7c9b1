"""Nobody frees or shifts the time of a standing appointment behind its back."""

import pytest
from psycopg import errors

from sloty_shared.ids import new_id

from .booking_by_hand import book, held, hold
from .catalog import Connection
from .one_of_everything import Tenant


@pytest.mark.parametrize(
    "change",
    [
        "held_until = held_until - interval '1 minute'",
        "held_until = held_until + interval '1 minute'",
        "held_from = held_from + interval '1 minute'",
        "held_from = held_from + interval '1 day', held_until = held_until + interval '1 day'",
        "provider_id = '{providers}'",
        "service_id = '{services}'",
        "appointment_id = '{appointments}'",
        "appointment_id = NULL, expires_at = now()",
        "seat = 2",
        "seat_group = uuidv7()",
    ],
)
def test_held_time_follows_its_appointment_only(
    writer: Connection, tenant: Tenant, change: str
) -> None:
    appointment = book(writer, tenant, "10:00", "11:00")
    change = change.format_map({name: row.get("id") for name, row in tenant.rows.items()})
    with pytest.raises((errors.RestrictViolation, errors.CheckViolation)):
        writer.execute(f"UPDATE held_times SET {change} WHERE appointment_id = '{appointment}'")


def test_held_time_is_not_deleted(writer: Connection, tenant: Tenant) -> None:
    appointment = book(writer, tenant, "10:00", "11:00")
    with pytest.raises(errors.RestrictViolation) as refused, writer.transaction():
        writer.execute("DELETE FROM held_times WHERE appointment_id = %s", [appointment])
    assert refused.value.diag.constraint_name == "held_by_appointment"
    assert len(held(writer, appointment)) == 1


def test_hold_is_not_given_to_an_appointment(writer: Connection, tenant: Tenant) -> None:
    appointment = book(writer, tenant, "10:00", "11:00")
    reserved = hold(writer, tenant, "12:00", "13:00")
    with pytest.raises((errors.UniqueViolation, errors.CheckViolation)):
        writer.execute(
            "UPDATE held_times SET appointment_id = %s, expires_at = NULL WHERE id = %s",
            [appointment, reserved],
        )


def test_time_is_held_by_appointment_or_until_expiry(writer: Connection, tenant: Tenant) -> None:
    reserved = hold(writer, tenant, "12:00", "13:00")
    with pytest.raises(errors.CheckViolation):
        writer.execute("UPDATE held_times SET expires_at = NULL WHERE id = %s", [reserved])


def test_provider_with_appointments_is_not_deleted(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00", provider="providers")
    with pytest.raises(errors.ForeignKeyViolation):
        writer.execute("DELETE FROM providers WHERE id = %s", [tenant["providers"]["id"]])


def test_temporary_tables_take_no_bookings(inside: Connection, tenant: Tenant) -> None:
    inside.execute("CREATE TEMPORARY TABLE held_times (LIKE public.held_times INCLUDING ALL)")
    book(inside, tenant, "10:00", "11:00")
    with pytest.raises(errors.ExclusionViolation):
        book(inside, tenant, "10:00", "11:00")


def test_cancelled_appointment_holds_nothing(writer: Connection, tenant: Tenant) -> None:
    cancelled = book(writer, tenant, "10:00", "11:00", status="CANCELLED")
    with pytest.raises(errors.RestrictViolation):
        writer.execute(
            """
            INSERT INTO held_times
                (tenant_id, provider_id, service_id, appointment_id, held_from, held_until,
                 seat_group)
            SELECT tenant_id, provider_id, service_id, id, start_time, held_until, id
            FROM appointments WHERE id = %s
            """,
            [cancelled],
        )


def test_wrong_held_time_is_refused(writer: Connection, tenant: Tenant) -> None:
    """Written ahead of its appointment, as the booking API does, but with other times."""
    appointment = new_id()
    ahead = {
        "tenant_id": tenant.id,
        "provider_id": tenant["busy"]["id"],
        "service_id": tenant["offered"]["id"],
        "appointment_id": appointment,
        "held_from": "2031-03-03 20:00Z",
        "held_until": "2031-03-03 20:01Z",
        "seat_group": appointment,
    }
    columns = ", ".join(ahead)
    places = ", ".join(f"%({column})s" for column in ahead)
    with pytest.raises(errors.RestrictViolation):
        writer.execute(
            f"""
            WITH held AS (INSERT INTO held_times ({columns}) VALUES ({places}))
            INSERT INTO appointments (id, tenant_id, provider_id, service_id, location_id, customer_id,
                timezone, start_time, end_time, held_until, confirmation_code)
            SELECT %(appointment_id)s, tenant_id, provider_id, service_id, location_id, customer_id,
                timezone, start_time + interval '1 day', end_time + interval '1 day',
                held_until + interval '1 day', %(appointment_id)s
            FROM appointments WHERE id = %(standing)s
            """,
            ahead | {"standing": tenant["standing"]["id"]},
        )
