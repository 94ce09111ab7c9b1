"""What each attempt to send tells a collector, and its logs, of the trace that it belongs to."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from tests.factories import (
    make_appointment,
    make_notification,
    make_reminder_rule,
    make_service,
    make_tenant,
)

from sloty_shared.logging import complete
from sloty_shared.models import Notification
from sloty_shared.tracing import tracer_of

from .collector import Collected, Collector
from .desk import Desk

TRACE = "0af7651916cd43dd8448eb211c80319c"
REQUEST = "b7ad6b7169203331"
PLACE = f"00-{TRACE}-{REQUEST}-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture
def desk(desk: Desk, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose deliveries the collector is told of once its tracer is closed."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    desk.tracer = tracer_of("notifications")
    yield desk
    desk.tracer.close()


def owed(desk: Desk, traceparent: str | None, count: int = 1) -> list[Notification]:
    with desk.owning() as session:
        tenant = make_tenant(session)
        service = make_service(session, tenant=tenant)
        booked = [make_appointment(session, tenant=tenant, service=service) for _ in range(count)]
        return [
            make_notification(session, appointment=each, traceparent=traceparent) for each in booked
        ]


def told(desk: Desk, collector: Collector) -> list[Collected]:
    desk.tracer.close()
    return collector.spans


def test_every_attempt_is_a_span_of_the_requests_trace(desk: Desk, collector: Collector) -> None:
    owed(desk, PLACE)
    desk.office.to_data += ["451 Later", "554 Never"]
    for _ in range(2):
        desk.deliver()
        desk.wait(timedelta(minutes=1))
    first, second = told(desk, collector)
    assert {(span.trace_id, span.parent_id) for span in (first, second)} == {(TRACE, REQUEST)}
    assert [span.attributes["sloty.attempt"] for span in (first, second)] == [1, 2]
    outcomes = [span.attributes["sloty.outcome"] for span in (first, second)]
    assert outcomes == ["deferred", "failed"]
    assert first.failed
    assert second.failed


def test_messages_of_a_batch_are_told_apart(desk: Desk, collector: Collector) -> None:
    owed(desk, PLACE, 3)
    owed(desk, None, 2)
    with capture_logs(processors=[complete]) as logs:
        desk.deliver()
    spans = told(desk, collector)
    assert len({span.span_id for span in spans}) == 5
    assert [span.trace_id for span in spans].count(TRACE) == 3
    sent = [line["trace_id"] for line in logs if line["event"] == "notification_sent"]
    assert sorted(sent) == sorted(span.trace_id for span in spans)


def test_reminder_is_a_trace_of_its_own(desk: Desk, collector: Collector) -> None:
    with desk.owning() as session:
        tenant = make_tenant(session)
        make_reminder_rule(session, tenant=tenant, minutes_before=60)
        make_appointment(session, tenant=tenant, starts_in=timedelta(minutes=30))
    desk.scan()
    [span] = told(desk, collector)
    assert (span.parent_id, span.attributes["sloty.kind"]) == ("", "REMINDER")


def test_what_its_request_did_not_record_is_not_told(desk: Desk, collector: Collector) -> None:
    owed(desk, f"00-{TRACE}-{REQUEST}-00")
    desk.deliver()
    assert len(desk.office.accepted) == 1
    assert told(desk, collector) == []


def test_trace_stands_in_the_log_of_trouble(desk: Desk) -> None:
    owed(desk, PLACE)
    desk.office.to_data.append("554 Never")
    with capture_logs(processors=[complete]) as logs:
        desk.deliver()
    assert [(line["event"], line["trace_id"]) for line in logs] == [("notification_refused", TRACE)]
