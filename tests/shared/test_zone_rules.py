"""The rules of time zones: two books that must agree, and what a new edition moves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import make_appointment, make_location, owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.database import Database
from sloty_shared.models import AppointmentStatus
from sloty_shared.zone_rules import (
    CannotLook,
    Reading,
    ZoneCheck,
    disagreeing,
    disagreements,
    readings_of,
    report_moves,
    wall_time,
)

NOW = datetime(2027, 1, 1, tzinfo=UTC)
SUMMER = datetime(2027, 3, 28, 1, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.fixture
def services(database: DatabaseUrls) -> Iterator[Database]:
    """The services' role."""
    opened = Database(database.app_url)
    yield opened
    opened.dispose()


def test_readings_stand_on_both_sides_of_a_change() -> None:
    change = int(SUMMER.timestamp())
    readings = {
        reading.instant: reading.offset
        for reading in readings_of(BERLIN, change - 10**6, change + 10**6)
    }
    assert readings[change - 1] == 3600
    assert readings[change] == 7200
    assert len(readings) < 10


def test_other_rule_is_named_from_its_first_instant(services: Database) -> None:
    change = int(SUMMER.timestamp())
    wrong = [Reading(BERLIN, change, 3600), Reading(BERLIN, change + 9, 3600)]
    with services.transaction() as session:
        assert disagreeing(session, [*wrong, Reading("UTC", change, 0)]) == [(BERLIN, change)]
        assert disagreeing(session, []) == []


def test_zone_that_one_does_not_know_is_named(services: Database) -> None:
    with services.transaction() as session:
        found = disagreements(session, ["Mars/Olympus", "UTC"], NOW)
    assert found == ["unknown to PostgreSQL: Mars/Olympus", "unknown to Python: Mars/Olympus"]


def test_check_looks_at_the_zones_of_all_tenants(
    services: Database, database: DatabaseUrls
) -> None:
    check = ZoneCheck(services)
    assert check() == "ok"
    with owner_session(database.owner_url) as session:
        make_location(session, timezone="Mars/Olympus")
    assert check() == "ok", "remembered for minutes"
    assert "Mars/Olympus" in ZoneCheck(services)()


def test_wall_time_tells_clock_offset_and_zone() -> None:
    assert wall_time(SUMMER, BERLIN) == "2027-03-28T03:00:00+02:00[Europe/Berlin]"
    assert wall_time(SUMMER, "UTC") == "2027-03-28T01:00:00+00:00[UTC]"


def test_moved_appointments_of_every_tenant_are_reported(database: DatabaseUrls) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    told = wall_time(start, BERLIN)
    other = told.replace("+0", "+1")
    with owner_session(database.owner_url) as session:
        moved = make_appointment(session, start_time=start, start_wall_time=other)
        make_appointment(session, start_time=start, start_wall_time=told)
        make_appointment(session, start_time=start)
        for left_out in (
            {"start_time": start, "status": AppointmentStatus.CANCELLED},
            {"start_time": start - timedelta(days=60)},
        ):
            make_appointment(session, start_wall_time=other, **left_out)
        lost = make_appointment(
            session, start_time=start + timedelta(hours=1), start_wall_time="x[Mars/Olympus]"
        )
    report = report_moves(database.owner_url)
    assert (report.rules, report.untold) == ("ok", 1)
    assert [(each.appointment_id, each.as_booked, each.as_read_now) for each in report.moved] == [
        (moved.id, other, told),
        (lost.id, "x[Mars/Olympus]", "unknown"),
    ]


def test_database_out_of_reach_is_one_line(database: DatabaseUrls) -> None:
    with pytest.raises(CannotLook) as refusal:
        report_moves(database.owner_url.replace(database.name, "nowhere"))
    assert "nowhere" in str(refusal.value)
    assert "\n" not in str(refusal.value)
