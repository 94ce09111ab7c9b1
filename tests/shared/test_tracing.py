"""Traces: what a traceparent may say, how a trace goes on, and what is imported to export one."""

import json
import os
import re
import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from sloty_shared.tracing import SpanKind, TraceContext, Tracer, Unrecorded, tracer_of

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
COLLECTOR = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "given",
    [
        f"00-{TRACE}-{SPAN}-01",
        # Other flags may come to mean something; the first one keeps its meaning.
        f"00-{TRACE}-{SPAN}-ff",
        # So do the four parts in any later version, whatever it adds.
        f"01-{TRACE}-{SPAN}-01",
        f"cc-{TRACE}-{SPAN}-01-what-comes-then",
    ],
)
def test_traceparent_is_taken_up(given: str) -> None:
    assert TraceContext.read(given) == TraceContext(TRACE, SPAN, is_sampled=True)


@pytest.mark.parametrize("flags", ["00", "fe"])
def test_what_is_not_sampled_stays_so(flags: str) -> None:
    found = TraceContext.read(f"00-{TRACE}-{SPAN}-{flags}")
    assert found == TraceContext(TRACE, SPAN, is_sampled=False)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "00",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}0-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-01-",
        f"00-{TRACE}-{SPAN}-01-more",
        f"01-{TRACE}-{SPAN}-01more",
        f"00-{TRACE}-{SPAN}-0g",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00_{TRACE}_{SPAN}_01",
        f"00-{TRACE[:-1]}\u0661-{SPAN}-01",
        "\x00" * 55,
        "-" * 100_000,
    ],
)
def test_malformed_traceparent_says_nothing(given: str | None) -> None:
    assert TraceContext.read(given) is None


@pytest.mark.parametrize("flags", ["00", "01"])
def test_trace_goes_on_below_its_parent(flags: str) -> None:
    parent = TraceContext.read(f"00-{TRACE}-{SPAN}-{flags}")
    below = Unrecorded().begin(SpanKind.SERVER, parent).context
    assert re.fullmatch(f"00-{TRACE}-(?!{SPAN})[0-9a-f]{{16}}-{flags}", below.traceparent)
    assert TraceContext.read(below.traceparent) == below


def test_each_beginning_is_a_trace_of_its_own() -> None:
    begun = [Unrecorded().begin(SpanKind.SERVER, None).context for _ in range(50)]
    assert len({context.trace_id for context in begun}) == 50
    assert all(TraceContext.read(context.traceparent) == context for context in begun)


def tracer_with(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Tracer:
    for name, value in variables.items():
        monkeypatch.setenv(f"OTEL_{name}", value)
    return tracer_of("test")


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"EXPORTER_OTLP_ENDPOINT": ""},
        {"EXPORTER_OTLP_ENDPOINT": COLLECTOR, "TRACES_EXPORTER": "none"},
        {"EXPORTER_OTLP_ENDPOINT": COLLECTOR, "SDK_DISABLED": "true"},
    ],
)
def test_nobody_is_told_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    with capture_logs() as logs:
        assert isinstance(tracer_with(monkeypatch, **variables), Unrecorded)
    assert logs == []


def test_what_cannot_be_exported_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"EXPORTER_OTLP_ENDPOINT": COLLECTOR, "EXPORTER_OTLP_PROTOCOL": "grpc"}
    with capture_logs() as logs:
        assert isinstance(tracer_with(monkeypatch, **asked), Unrecorded)
    assert [line["event"] for line in logs] == ["traces_not_exported"]


def test_without_the_extra_a_warning_stands_for_the_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "sloty_shared.span_export", raising=False)
    with capture_logs() as logs:
        tracer = tracer_with(monkeypatch, EXPORTER_OTLP_ENDPOINT=COLLECTOR)
    assert isinstance(tracer, Unrecorded)
    assert "otel" in logs[0]["reason"]


def imported(program: str, **variables: str) -> set[str]:
    """What of OpenTelemetry a process has imported after the program."""
    told = f"{program}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"
    finished = subprocess.run(
        [sys.executable, "-c", told],
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "SLOTY_APP_DATABASE_URL": "postgresql://app@127.0.0.1:9/sloty",
            "SLOTY_BROKER_URL": "redis://127.0.0.1:9/0",
            "SLOTY_SMTP_URL": "smtp://127.0.0.1:9",
            "SLOTY_SECRET_KEY": "a key for tests alone",
            **variables,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in json.loads(finished.stdout) if name.startswith("opentelemetry")}


API = "import sloty_booking.main"
WORKER = "import sloty_notifications.worker, sloty_notifications.tasks as t; t.resources()"


def test_without_a_collector_nothing_is_imported() -> None:
    of_sdk = [
        name
        for name in imported(API)
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter"))
    ]
    # The web framework itself imports the interface.
    assert of_sdk == []
    assert imported(WORKER) == set()


def test_with_a_collector_the_sdk_is_there() -> None:
    found = imported(WORKER, OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR)
    assert {"opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http"} <= found
