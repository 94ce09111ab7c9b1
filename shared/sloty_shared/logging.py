"""Logs of every process: one JSON object a line on standard error, stdlib loggers included."""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson
import structlog

_QUIET_LOGGERS = ("httpx2", "httpcore2", "asyncio")
_LEVEL = logging.INFO

_names: ContextVar[Mapping[str, str | None]] = ContextVar("names_in_logs", default={})  # noqa: B039 - Nobody writes into it.
# What stands in every line of this process.
_origin: dict[str, str] = {}


def name_in_logs(**names: str | None) -> None:
    """From here on each line of this context names these, and nothing that was named before."""
    _names.set(names)


def complete(
    logger: object, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """The event with what it happened to, how grave it is, when it was and which service it is from.

    One step for all of it: each step of the library's costs as much as what it writes.
    """
    line = {
        **_names.get(),
        **event,
        "level": method,
        "timestamp": datetime.now(UTC),
        **_origin,
    }
    if "exc_info" in line:
        return structlog.processors.format_exc_info(logger, method, line)
    return line


def configure_logging(service: str) -> None:
    """Set this process's logs up, before anything is logged; `service` stands in every line.

    What `name_in_logs` names, such as the request id, stands in every line too.
    """
    _origin["service"] = service
    structlog.configure(
        processors=[complete, _json],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVEL),
        # Straight to the stream: half the cost of going through the standard library.
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    _route_stdlib()


def write_line(event: str, **what: object) -> None:
    """Log at `info` what every request says: past the library, whose way there costs twice the line."""
    stream = sys.stderr.buffer
    stream.write(_json(None, "info", complete(None, "info", {"event": event, **what})) + b"\n")
    stream.flush()


def _json(_logger: object, _method: str, event: structlog.typing.EventDict) -> bytes:
    """The event as a line, at half the cost of the standard library's where that is not needed."""
    try:
        return orjson.dumps(event, default=_plain, option=orjson.OPT_UTC_Z)
    except TypeError:
        # It takes neither lone surrogates nor numbers past 64 bits.
        return json.dumps(event, default=_plain).encode("ascii")


def _plain(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else str(value)


def _route_stdlib() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[complete, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=_plain),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=_LEVEL, force=True)
    logging.captureWarnings(capture=True)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
