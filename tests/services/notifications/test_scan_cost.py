"""A scan costs what is due, however many appointments and messages there are besides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.factories import make_appointment, make_notification, make_reminder_rule, make_tenant

from sloty_shared.models import Appointment, Notification

from .desk import Desk

NOT_DUE = 4000
# As the first, on later days: neither their reminders nor their messages are due.
_MORE_APPOINTMENTS = text(
    """
    INSERT INTO appointments (tenant_id, service_id, provider_id, location_id, customer_id,
        start_time, end_time, held_until, timezone, booked_at, remind_at, confirmation_code)
    SELECT tenant_id, service_id, provider_id, location_id, customer_id,
        start_time + day * interval '1 day', end_time + day * interval '1 day',
        held_until + day * interval '1 day', timezone, booked_at,
        start_time + (day - 1) * interval '1 day', 'code-' || day
    FROM appointments, generate_series(1, :count) day WHERE id = :id
    """
)
_SENT_MESSAGES = text(
    """
    INSERT INTO notifications (tenant_id, appointment_id, kind, channel, recipient, start_time,
        due_at, next_attempt_at, status, sent_at)
    SELECT tenant_id, id, 'BOOKED', 'EMAIL', 'somebody@mail.example', start_time,
        booked_at, booked_at, 'SENT', booked_at
    FROM appointments
    """
)
_DUE = "SELECT * FROM due_appointments(now(), 500)"
_CLAIM = "SELECT * FROM claim_notifications('EMAIL', now(), now() + interval '1 minute', 20)"
_READS = text(
    """
    SELECT i.indexrelname, i.idx_scan, t.seq_scan
    FROM pg_stat_user_indexes i JOIN pg_stat_user_tables t USING (relid)
    WHERE i.indexrelname IN ('idx_appointments_remind_at', 'idx_notifications_takeable')
    """
)


@pytest.fixture
def crowd(desk: Desk) -> Appointment:
    """One appointment among thousands of which nothing is due."""
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant)
        appointment = make_appointment(session, tenant=tenant)
        appointment.remind_at = None
        session.flush()
        session.execute(_MORE_APPOINTMENTS, {"id": appointment.id, "count": NOT_DUE})
        session.execute(_SENT_MESSAGES)
        session.execute(text("ANALYZE appointments, notifications"))
    return appointment


def pages_read(desk: Desk, query: str) -> int:
    """Pages that the services' role touches for a query."""
    with desk.database.transaction() as session:
        session.execute(text(query))
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}"
        [top] = session.execute(text(explain)).scalar_one()
    plan: dict[str, int] = top["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def reads(desk: Desk) -> dict[str, tuple[int, int]]:
    """How often each of the two indexes was used, and its table read through."""
    with desk.owning() as session:
        return {name: (used, through) for name, used, through in session.execute(_READS)}


def test_looking_for_what_is_due_touches_a_few_pages(desk: Desk, crowd: Appointment) -> None:
    assert crowd.remind_at is None
    assert pages_read(desk, _DUE) < 20
    assert pages_read(desk, _CLAIM) < 80


def test_looking_for_what_is_due_uses_the_partial_indexes(desk: Desk, crowd: Appointment) -> None:
    assert crowd.remind_at is None
    before = reads(desk)
    with desk.database.transaction() as session:
        session.execute(text(_DUE))
        session.execute(text(_CLAIM))
        session.execute(text("SELECT pg_stat_force_next_flush()"))
    after = reads(desk)
    assert len(after) == 2
    for name, (used, through) in after.items():
        assert used > before[name][0], name
        assert through == before[name][1], name


def test_statements_of_a_scan_follow_what_is_due(desk: Desk) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(desk.database.engine, "before_cursor_execute", note)
    desk.scan()
    alone = len(statements)
    with desk.owning() as session:
        appointment = make_appointment(session, remind_at=datetime.now(UTC) + timedelta(days=1))
        session.execute(_MORE_APPOINTMENTS, {"id": appointment.id, "count": 50})
    statements.clear()
    desk.scan()
    assert len(statements) == alone


def test_due_row_is_found_among_the_sent(desk: Desk, crowd: Appointment) -> None:
    with desk.owning() as session:
        row: Notification = make_notification(session, appointment=crowd)
    desk.deliver()
    assert desk.read(row).sent_at is not None
    assert len(desk.office.handed) == 1
