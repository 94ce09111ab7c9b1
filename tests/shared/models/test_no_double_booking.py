"""Two overlapping appointments of one provider cannot both exist, whoever writes them."""

import pytest
from psycopg import errors

from sloty_shared.ids import new_id
from sloty_shared.models import HOLDING, AppointmentStatus

from .booking_by_hand import at, book, held, hold, open_session
from .catalog import Connection
from .one_of_everything import Tenant

FREE = sorted(set(AppointmentStatus) - HOLDING)


def assert_taken(connection: Connection, tenant: Tenant, start: str, end: str) -> None:
    with pytest.raises(errors.ExclusionViolation) as refused, connection.transaction():
        book(connection, tenant, start, end)
    assert refused.value.diag.constraint_name == "no_double_booking"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("10:00", "11:00"),
        ("09:30", "10:01"),
        ("10:59", "11:30"),
        ("10:15", "10:45"),
        ("09:00", "12:00"),
    ],
)
def test_overlapping_appointment_is_refused(
    writer: Connection, tenant: Tenant, start: str, end: str
) -> None:
    book(writer, tenant, "10:00", "11:00")
    assert_taken(writer, tenant, start, end)


def test_touching_appointments_are_accepted(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00")
    book(writer, tenant, "09:00", "10:00")
    book(writer, tenant, "11:00", "12:00")


def test_another_provider_is_free(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00")
    book(writer, tenant, "10:00", "11:00", provider="providers")


def test_buffer_is_held_after_the_end(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00", buffer=15)
    assert_taken(writer, tenant, "11:00", "11:30")
    assert_taken(writer, tenant, "11:14", "11:30")
    book(writer, tenant, "11:15", "11:30", buffer=60)


@pytest.mark.parametrize("status", sorted(HOLDING))
def test_holding_status_holds(writer: Connection, tenant: Tenant, status: str) -> None:
    book(writer, tenant, "10:00", "11:00", status=status)
    assert_taken(writer, tenant, "10:30", "11:30")


@pytest.mark.parametrize("status", FREE)
def test_other_status_leaves_time_free(writer: Connection, tenant: Tenant, status: str) -> None:
    first = book(writer, tenant, "10:00", "11:00", status=status)
    assert held(writer, first) == []
    book(writer, tenant, "10:00", "11:00")


@pytest.mark.parametrize("status", FREE)
def test_leaving_the_holding_states_frees(writer: Connection, tenant: Tenant, status: str) -> None:
    first = book(writer, tenant, "10:00", "11:00")
    writer.execute("UPDATE appointments SET status = %s WHERE id = %s", [status, first])
    assert held(writer, first) == []
    book(writer, tenant, "10:00", "11:00")


@pytest.mark.parametrize("status", sorted(HOLDING))
def test_freed_time_is_not_taken_back(writer: Connection, tenant: Tenant, status: str) -> None:
    first = book(writer, tenant, "10:00", "11:00", status="CANCELLED")
    book(writer, tenant, "10:30", "11:30")
    with pytest.raises(errors.ExclusionViolation):
        writer.execute("UPDATE appointments SET status = %s WHERE id = %s", [status, first])


def test_returning_to_a_free_time_holds_it(writer: Connection, tenant: Tenant) -> None:
    first = book(writer, tenant, "10:00", "11:00", status="CANCELLED")
    writer.execute("UPDATE appointments SET status = 'CONFIRMED' WHERE id = %s", [first])
    assert held(writer, first) == [(at("10:00"), at("11:00"))]
    assert_taken(writer, tenant, "10:30", "11:30")


def test_appointment_is_not_moved_onto_another(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "11:00", "12:00")
    second = book(writer, tenant, "10:00", "11:00")
    for later in ("end_time = %s, held_until = %s", "held_until = greatest(%s, %s)"):
        with pytest.raises(errors.ExclusionViolation), writer.transaction():
            writer.execute(
                f"UPDATE appointments SET {later} WHERE id = '{second}'", [at("11:01"), at("11:01")]
            )


def test_appointment_is_not_given_a_busy_provider(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00", provider="providers")
    second = book(writer, tenant, "10:30", "11:30")
    with pytest.raises(errors.ExclusionViolation):
        writer.execute(
            "UPDATE appointments SET provider_id = %s WHERE id = %s",
            [tenant["providers"]["id"], second],
        )


def test_moved_appointment_frees_its_old_time(writer: Connection, tenant: Tenant) -> None:
    first = book(writer, tenant, "10:00", "11:00")
    writer.execute(
        "UPDATE appointments SET start_time = %s, end_time = %s, held_until = %s WHERE id = %s",
        [at("10:30"), at("11:30"), at("11:45"), first],
    )
    assert held(writer, first) == [(at("10:30"), at("11:45"))]
    book(writer, tenant, "10:00", "10:30")
    assert_taken(writer, tenant, "11:30", "12:00")


def test_deleted_appointment_frees_its_time(writer: Connection, tenant: Tenant) -> None:
    first = book(writer, tenant, "10:00", "11:00")
    writer.execute("DELETE FROM appointments WHERE id = %s", [first])
    book(writer, tenant, "10:00", "11:00")


@pytest.mark.parametrize(
    ("start", "end", "buffer"),
    [("10:00", "10:00", 0), ("10:00", "10:00", 30), ("11:00", "10:00", 0), ("10:00", "11:00", -1)],
)
def test_empty_time_is_refused(
    writer: Connection, tenant: Tenant, start: str, end: str, buffer: int
) -> None:
    with pytest.raises(errors.CheckViolation):
        book(writer, tenant, start, end, buffer=buffer)


def test_appointment_on_a_hold_is_refused(writer: Connection, tenant: Tenant) -> None:
    reserved = hold(writer, tenant, "10:00", "11:00")
    assert_taken(writer, tenant, "10:30", "11:30")
    writer.execute("DELETE FROM held_times WHERE id = %s", [reserved])
    book(writer, tenant, "10:30", "11:30")


def test_hold_on_an_appointment_is_refused(writer: Connection, tenant: Tenant) -> None:
    book(writer, tenant, "10:00", "11:00")
    with pytest.raises(errors.ExclusionViolation):
        hold(writer, tenant, "10:30", "11:30")


def test_places_of_one_session_stand_together(writer: Connection, tenant: Tenant) -> None:
    session = open_session(writer, tenant, "10:00", "11:00")
    for seat in (1, 2, 3):
        book(writer, tenant, "10:00", "11:00", group_session_id=session, seat=seat)
    assert_taken(writer, tenant, "10:00", "11:00")


def test_place_is_taken_once(writer: Connection, tenant: Tenant) -> None:
    session = open_session(writer, tenant, "10:00", "11:00")
    book(writer, tenant, "10:00", "11:00", group_session_id=session, seat=2)
    with pytest.raises(errors.UniqueViolation):
        book(writer, tenant, "10:00", "11:00", group_session_id=session, seat=2)


@pytest.mark.parametrize("seat", [0, 4])
def test_places_count_from_one_to_the_capacity(
    writer: Connection, tenant: Tenant, seat: int
) -> None:
    session = open_session(writer, tenant, "10:00", "11:00", capacity=3)
    with pytest.raises(errors.CheckViolation):
        book(writer, tenant, "10:00", "11:00", group_session_id=session, seat=seat)


def test_place_holds_exactly_its_session(writer: Connection, tenant: Tenant) -> None:
    session = open_session(writer, tenant, "10:00", "11:00")
    with pytest.raises(errors.ForeignKeyViolation):
        book(writer, tenant, "10:30", "11:30", group_session_id=session, seat=1)


def test_place_in_no_session_is_refused(writer: Connection, tenant: Tenant) -> None:
    with pytest.raises((errors.ForeignKeyViolation, errors.CheckViolation)):
        book(writer, tenant, "10:00", "11:00", group_session_id=new_id(), seat=1)


def test_second_seat_needs_a_session(writer: Connection, tenant: Tenant) -> None:
    with pytest.raises(errors.CheckViolation):
        book(writer, tenant, "10:00", "11:00", seat=2)
