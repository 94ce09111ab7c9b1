"""One trace from the request to the mail, told to a collector; and nothing lost without one."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.api_clients import SECRET_KEY, Shop, answered, in_process, open_shop, settings_of
from tests.api_processes import ApiProcess, api_process
from tests.services.notifications.collector import Collector
from tests.services.notifications.desk import Desk
from tests.services.notifications.post_office import PostOffice
from tests.services.notifications.station import Station

from sloty_deploy.program import RunningProgram
from sloty_deploy.scratch import DatabaseUrls, ScratchBroker
from sloty_shared.database import Database
from sloty_shared.tracing import tracer_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
BOOKING = "POST /v1/appointments"
# So that the spans go out at the end of each process, which may not lose them.
RARELY = {"OTEL_BSP_SCHEDULE_DELAY": "600000"}


@pytest.fixture
def shop(database: DatabaseUrls, broker: ScratchBroker) -> Iterator[Shop]:
    """A business made by APIs that export nothing."""
    with in_process(settings_of(database.app_url, broker.url)) as apis:
        apis.clock.now = datetime.now(UTC)
        yield open_shop(apis)


class Processes:
    """The booking API and a worker, told of a collector."""

    def __init__(self, api: ApiProcess, worker: RunningProgram, office: PostOffice) -> None:
        self.api = api
        self.worker = worker
        self._office = office

    def book(self, shop: Shop) -> None:
        """A booking in the caller's trace, once its mail has come."""
        body = shop.request(first_start(shop))
        headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
        with self.api.client(shop.booking.token) as client:
            answered(client.send("POST", "/v1/appointments", json=body, headers=headers), 201)
            client.refused("GET", "/v1/nothing?of=grace@navy.example", 404, "not_found")
        # Those of the shop's own making came of traces that nobody records.
        self._office.wait_until_handed(3)
        kinds = {str(mail["X-Sloty-Kind"]) for mail in self._office.handed}
        assert kinds == {"EMAIL_VERIFICATION", "INVITATION", "BOOKED"}


@contextmanager
def processes(
    database: DatabaseUrls, broker: ScratchBroker, folder: Path, collector_url: str
) -> Iterator[Processes]:
    told = {**RARELY, "OTEL_EXPORTER_OTLP_ENDPOINT": collector_url}
    with PostOffice() as office:
        station = Station(
            database.app_url,
            broker.url,
            office.url,
            folder,
            changes={**told, "SLOTY_SECRET_KEY": SECRET_KEY},
        )
        api = api_process("sloty_booking", database.app_url, broker.url, folder, **told)
        with station.worker() as worker, api as booking:
            yield Processes(booking, worker, office)


def test_trace_leads_from_the_request_to_the_mail(
    shop: Shop, database: DatabaseUrls, broker: ScratchBroker, tmp_path: Path
) -> None:
    with Collector() as collector:
        with processes(database, broker, tmp_path, collector.url) as running:
            running.book(shop)
        spans = collector.spans
    # Neither probes nor what is in nobody's records.
    assert {span.name for span in spans} == {BOOKING, "GET unmatched", "deliver EMAIL"}
    [request] = [span for span in spans if span.name == BOOKING]
    [delivery] = [span for span in spans if span.name == "deliver EMAIL"]
    assert (request.service, request.kind) == ("sloty-booking", "SPAN_KIND_SERVER")
    assert (request.trace_id, request.parent_id) == (TRACE, CALLER)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/appointments",
        "http.response.status_code": 201,
    }
    assert (delivery.service, delivery.kind) == ("sloty-notifications", "SPAN_KIND_CONSUMER")
    assert (delivery.trace_id, delivery.parent_id) == (TRACE, request.span_id)
    assert delivery.attributes == {
        "sloty.channel": "EMAIL",
        "sloty.kind": "BOOKED",
        "sloty.attempt": 1,
        "sloty.outcome": "sent",
    }
    assert not any(span.failed for span in spans)
    assert "navy.example" not in str(spans)
    [sent] = logged(running.worker, "notification_sent", TRACE)
    assert sent["trace_id"] == TRACE
    assert [line["route"] for line in logged(running.api.running, "request", TRACE)] == [
        "/v1/appointments"
    ]


def test_silent_collector_holds_nobody_up(
    database: DatabaseUrls, broker: ScratchBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections and never answers."""
    app = Database(database.app_url, pool_size=2)
    with socket.create_server(("127.0.0.1", 0)) as silent, PostOffice() as office:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        # Each span is sent at once, by a thread that then waits for the answer.
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        tracer = tracer_of("notifications")
        desk = Desk(owner_url=database.owner_url, database=app, office=office, tracer=tracer)
        with in_process(settings_of(database.app_url, broker.url)) as apis:
            apis.clock.now = datetime.now(UTC)
            shop = open_shop(apis)
            began = time.monotonic()
            shop.book(first_start(shop))
            desk.deliver()
            assert time.monotonic() - began < 5
            stopping = time.monotonic()
        tracer.close()
        # Each of the three waits two seconds for it, and no longer.
        assert time.monotonic() - stopping < 9
        assert "BOOKED" in {str(mail["X-Sloty-Kind"]) for mail in office.accepted}
    app.dispose()
    wait_for_exporters()


def wait_for_exporters() -> None:
    """In a process that ends they would end with it; here they must not go on beside other tests."""
    for thread in threading.enumerate():
        if thread.name.startswith("Otel"):
            thread.join(60)
            assert not thread.is_alive()


def first_start(shop: Shop) -> str:
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    return str(shop.starts(day)[0])


def logged(program: RunningProgram, event: str, trace_id: str) -> list[Any]:
    lines = [
        json.loads(line)
        for line in program.log.read_text("utf-8").splitlines()
        if line.startswith("{")
    ]
    return [line for line in lines if (line["event"], line.get("trace_id")) == (event, trace_id)]
