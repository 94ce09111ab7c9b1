"""`./sloty bench`: measures everything that it promises, in short; how fast it all is says no test."""

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from sloty_deploy.surroundings import childrens_environment

BRIEFLY = ["--quick", "--rounds", "1", "--seconds", "0.05", "--stored", "60", "120"]
# Workers start and stop several times; on a busy machine that takes its time.
PATIENCE_SECONDS = 900
COMPARED = {"rate", "p50_ms", "p95_ms", "p99_ms", "cpu_ms", "statuses"}

pytestmark = pytest.mark.timeout(PATIENCE_SECONDS + 60)


def bench(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sloty_deploy", "bench", *arguments],
        env=childrens_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module", autouse=True)
def _only_long(long_run: bool) -> None:  # noqa: FBT001 - pytest passes it by name.
    if not long_run:
        pytest.skip("takes minutes: run with --long")


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    output, errors = (run := bench(*BRIEFLY, "--json")).communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == 0, errors
    assert errors == ""
    found: dict[str, Any] = json.loads(output)
    return found


def comparisons(part: Any) -> Iterator[dict[str, Any]]:
    """Everything in which the product was compared, however deep it lies."""
    if isinstance(part, dict):
        if "ratios" in part:
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from comparisons(inner)


def test_every_ratio_stands_beside_its_absolutes(measured: dict[str, Any]) -> None:
    found = list(comparisons(measured))
    assert found
    for comparison in found:
        assert comparison["ratios"]
        for name, ratio in comparison["ratios"].items():
            assert comparison[name].keys() == comparison["product"].keys() == COMPARED
            assert all(math.isfinite(value) and value > 0 for value in ratio.values())


def test_slots_are_compared_with_every_limit(measured: dict[str, Any]) -> None:
    slots = measured["slots"]
    assert {(case["stored"], case["concurrency"]) for case in slots["cases"]} == {
        (stored, connections) for stored in (60, 120) for connections in (1, 16)
    }
    assert all(case["ratios"].keys() == {"floor", "bare"} for case in slots["cases"])
    for case in slots["askedAgain"]:
        assert case["ratios"].keys() == {"madeAnew", "bare"}
        assert case["product"]["statuses"].keys() == {"200"}
    for case in slots["conditional"]:
        assert case["product"]["statuses"].keys() == {"304"}
    assert [each["ratios"].keys() for each in slots["growthWithStored"]] == [{"small"}]
    assert [each["ratios"].keys() for each in slots["costOfBookings"]] == [{"withoutBookings"}]


def test_each_booking_measured_was_made(measured: dict[str, Any]) -> None:
    book = measured["book"]
    assert [case["stored"] for case in book["cases"]] == [60, 120]
    for case in book["cases"]:
        assert case["ratios"].keys() == {"bareDriver", "floor"}
        assert case["product"]["statuses"].keys() == {"201"}
    assert book["growthWithStored"]["ratios"].keys() == {"small"}


def test_every_owed_message_was_delivered(measured: dict[str, Any]) -> None:
    notifications = measured["notifications"]
    assert notifications["deliveries"]["ratios"].keys() == {"noopTasks", "oneProcess"}
    assert notifications["tickGrowthWithStored"]["ratios"].keys() == {"small"}
    late = notifications["lateness"]
    assert 0 <= late["p50Seconds"] <= late["p95Seconds"] <= late["latestSeconds"]


def test_machine_and_settings_stand_beside_the_figures(measured: dict[str, Any]) -> None:
    assert measured["machine"]["cores"] > 0
    assert measured["settings"]["fsync"] == "on"
    assert measured["settings"]["stored"] == [60, 120]


def test_bench_broken_off_ends_in_order() -> None:
    run = bench("slots", *BRIEFLY)
    assert run.stderr
    assert run.stderr.readline().startswith("Starting PostgreSQL")
    time.sleep(1)
    run.send_signal(signal.SIGTERM)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 128 + signal.SIGTERM, errors
