"""Spans on their way to a collector, over OTLP/HTTP by OpenTelemetry's SDK.

Only the extra `otel` brings what is imported here, so nothing but `tracing.tracer_of` imports it.
"""

import os
import threading

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sloty_shared.tracing import Attributes, SpanKind, TraceContext

# What a collector out of reach may hold up the end of a process; what it has not got by then is lost.
CLOSE_SECONDS = 2.0
_KINDS = {
    SpanKind.SERVER: trace.SpanKind.SERVER,
    SpanKind.CONSUMER: trace.SpanKind.CONSUMER,
}


class ExportedSpan:
    """A span of the SDK's, in our own terms."""

    __slots__ = ("_span", "context")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        found = span.get_span_context()
        self.context = TraceContext(
            trace.format_trace_id(found.trace_id),
            trace.format_span_id(found.span_id),
            found.trace_flags.sampled,
        )

    def end(self, name: str, attributes: Attributes, *, failed: bool = False) -> None:
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if failed:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


class ExportingTracer:
    """Hands spans in batches to a thread of its own, which loses them rather than let anybody wait.

    Sampling, batches, the collector and its headers are set by OpenTelemetry's own variables.
    """

    def __init__(self, service: str) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME") or f"sloty-{service}"
        # At the end of the process we wait ourselves: the SDK would do so for half a minute.
        self._provider = TracerProvider(
            resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("sloty")

    def begin(self, kind: SpanKind, parent: TraceContext | None) -> ExportedSpan:
        above = Context() if parent is None else _as_remote(parent)
        # Its name is known at its end.
        span = self._tracer.start_span(kind.value.lower(), context=above, kind=_KINDS[kind])
        return ExportedSpan(span)

    def close(self) -> None:
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


def _as_remote(parent: TraceContext) -> Context:
    place = trace.SpanContext(
        trace_id=int(parent.trace_id, 16),
        span_id=int(parent.span_id, 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(int(parent.is_sampled)),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(place), Context())
