"""Traces after W3C Trace Context: where a piece of work stands in one, and the spans told to a collector.

Every request has its place in a trace, at next to no cost. Spans are made and exported only where
OpenTelemetry's own variables name a collector and the extra `otel` is installed; nothing of its SDK
is imported elsewhere.
"""

import os
import re
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, Protocol, Self

import structlog

PROTOCOL = "http/protobuf"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SAMPLED = 0x01
# A version to come may add parts after these four, and keeps what the four mean.
_TRACEPARENT = re.compile(
    "(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.ASCII,
)

# Short words of ours and numbers.
Attributes = Mapping[str, str | int]

log = structlog.get_logger()


class TraceContext(NamedTuple):
    """One span's place: its trace, its own id in it, and whether it was to be recorded."""

    trace_id: str
    span_id: str
    is_sampled: bool

    @classmethod
    def read(cls, traceparent: str | None) -> Self | None:
        """What a `traceparent` says; None where it is missing or malformed."""
        found = _TRACEPARENT.fullmatch(traceparent or "")
        if found is None:
            return None
        version, trace_id, span_id, flags, more = found.groups()
        if version == "00" and more is not None:
            return None
        return cls(trace_id, span_id, bool(int(flags, 16) & _SAMPLED))

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.is_sampled else '00'}"


class SpanKind(Enum):
    """Whose side of the work a span tells of, by OpenTelemetry's names."""

    SERVER = "SERVER"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    """A piece of work that has begun. One that is never ended is told to nobody."""

    @property
    def context(self) -> TraceContext:
        """Its place, for logs and for the work that it leaves behind."""

    def end(self, name: str, attributes: Attributes, *, failed: bool = False) -> None:
        """It is over. Neither name nor attributes may say anything of a person."""


class Tracer(Protocol):
    """Begins spans."""

    def begin(self, kind: SpanKind, parent: TraceContext | None) -> Span:
        """A span below `parent`, or the first of a trace of its own."""

    def close(self) -> None:
        """The process ends: give away what is left."""


def tracer_of(service: str) -> Tracer:
    """This process's tracer, as OpenTelemetry's variables want it; call it after any fork.

    Tracing keeps nobody from work: where it cannot be set up, a warning says so.
    """
    if not _is_wanted():
        return Unrecorded()
    protocol = _first_of(_PROTOCOLS)
    if protocol not in ("", PROTOCOL):
        log.warning("traces_not_exported", reason=f"only OTLP by {PROTOCOL} is spoken")
        return Unrecorded()
    try:
        from sloty_shared.span_export import ExportingTracer

        return ExportingTracer(service)
    except ImportError:
        log.warning("traces_not_exported", reason="the extra `otel` is not installed")
    except ValueError as problem:
        log.warning("traces_not_exported", reason=str(problem))
    return Unrecorded()


def _is_wanted() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporters = os.environ.get("OTEL_TRACES_EXPORTER", "")
    if exporters:
        return "otlp" in exporters.split(",")
    return bool(_first_of(_ENDPOINTS))


def _first_of(names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := os.environ.get(name))), "")


class UnrecordedSpan(NamedTuple):
    """Knows its place, which logs and later work name, and is told to nobody."""

    context: TraceContext

    def end(self, name: str, attributes: Attributes, *, failed: bool = False) -> None:
        pass


class Unrecorded:
    """The tracer where nobody collects."""

    def begin(self, kind: SpanKind, parent: TraceContext | None) -> Span:  # noqa: ARG002
        made = os.urandom(24).hex()
        if parent is None:
            return UnrecordedSpan(TraceContext(made[:32], made[32:], is_sampled=False))
        return UnrecordedSpan(TraceContext(parent.trace_id, made[32:], parent.is_sampled))

    def close(self) -> None:
        pass
