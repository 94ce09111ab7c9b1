"""Logs of a process: one JSON object a line, whoever writes it."""

import json
import subprocess
import sys
from typing import Any

PROGRAM = """
import logging, warnings
import structlog
from sloty_shared.logging import configure_logging, name_in_logs, write_line

configure_logging("worker")
name_in_logs(request_id="r-1")
structlog.get_logger("own").debug("hidden")
structlog.get_logger("own").info("booked", appointment="a-1")
logging.getLogger("library").info("said %s", "this")
write_line("request", status=200)
structlog.get_logger("own").info("odd", half=chr(0xD800), huge=2**70, kind=ValueError)
warnings.warn("old", UserWarning)
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("own").exception("failed")
    logging.getLogger("library").exception("failed too")
"""


def logged() -> list[dict[str, Any]]:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert finished.stdout == ""
    return [json.loads(line) for line in finished.stderr.splitlines()]


def test_every_line_is_json_with_time_level_and_service() -> None:
    lines = logged()
    assert [line["level"] for line in lines] == [*["info"] * 4, "warning", "error", "error"]
    for line in lines:
        assert line["timestamp"].endswith("Z")
        assert (line["service"], line["request_id"]) == ("worker", "r-1")


def test_own_and_library_lines_have_one_shape() -> None:
    own, library, request, _, _, failure, library_failure = logged()
    assert (own["event"], own["appointment"]) == ("booked", "a-1")
    assert (library["event"], library["logger"]) == ("said this", "library")
    assert (request["event"], request["status"]) == ("request", 200)
    for line in (failure, library_failure):
        assert line["exception"].startswith("Traceback")
        assert "ZeroDivisionError" in line["exception"]


def test_what_no_utf8_and_no_64_bits_hold_is_logged_all_the_same() -> None:
    odd = logged()[3]
    assert (odd["half"], odd["huge"]) == ("\ud800", 2**70)
    assert odd["kind"] == "<class 'ValueError'>"
