"""Logs of every process: one JSON object a line on standard error, stdlib loggers included."""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog

_QUIET_LOGGERS = ("httpx2", "httpcore2", "asyncio")


_names: ContextVar[Mapping[str, str | None]] = ContextVar("names_in_logs", default={})  # noqa: B039 - Nobody writes into it.


def name_in_logs(**names: str | None) -> None:
    """From here on each line of this context names these, and nothing that was named before."""
    _names.set(names)


def with_names(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """The event and what it happened to, where the event does not say so itself."""
    return {**_names.get(), **event}


def configure_logging(service: str, *, level: str = "INFO") -> None:
    """Set this process's logs up, before anything is logged; `service` stands in every line.

    What `name_in_logs` names, such as the request id, stands in every line too.
    """
    shared: list[structlog.typing.Processor] = [
        with_names,
        structlog.processors.add_log_level,
        _Origin(service),
        structlog.processors.format_exc_info,
    ]
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(_json, default=_plain)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # Straight to the stream: half the cost of going through the standard library.
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    _route_stdlib(shared, number)


def _json(event: Any, default: Any) -> bytes:
    """The event as a line, at half the cost of the standard library's where that is not needed."""
    try:
        return orjson.dumps(event, default=default, option=orjson.OPT_UTC_Z)
    except TypeError:
        # It takes neither lone surrogates nor numbers past 64 bits.
        return json.dumps(event, default=default).encode("ascii")


def _plain(value: object) -> str:
    return f"{value:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(value, datetime) else str(value)


def _route_stdlib(shared: list[structlog.typing.Processor], level: int) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=_plain),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


class _Origin:
    """Writes into each line which service it is from, and when."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(
        self, _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["timestamp"] = datetime.now(UTC)
        event["service"] = self._service
        return event
