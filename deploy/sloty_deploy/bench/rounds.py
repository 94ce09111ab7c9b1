"""Taking turns: what is compared is measured alternately, and the median of the ratios counts.

A shared machine is faster in one minute than in the next; only what was measured side by side can
be compared.
"""

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sloty_deploy.bench.load import Load, Measured
from sloty_deploy.refusal import Refusal

PRODUCT = "product"
Contestants = Mapping[str, Callable[[], Measured]]


def run_load(load: Load) -> Measured:
    """Send a load from a process of its own. Raises Refusal where the server fails."""
    return run_measured("sloty_deploy.bench.load", asdict(load))


def run_measured(module: str, work: Mapping[str, Any]) -> Measured:
    """Run a program that takes its work as JSON and answers with a Measured."""
    finished = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise Refusal(f"{module} failed: {finished.stderr.strip().splitlines()[-1:]}")
    return Measured(**json.loads(finished.stdout))


def take_turns(contestants: Contestants, rounds: int) -> dict[str, Any]:
    """Measure each in turn, several times: the absolutes of each, and the product's ratios.

    A ratio is the median over the rounds of the product's rate over the other's, and its range.
    """
    for measure in contestants.values():
        measure()  # The first time caches fill and plans are made.
    taken: dict[str, list[Measured]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, measure in contestants.items():
            taken[name].append(measure())
    absolutes = {name: _summary(runs) for name, runs in taken.items()}
    others = [name for name in contestants if name != PRODUCT]
    return {**absolutes, "ratios": {name: _ratio(taken[PRODUCT], taken[name]) for name in others}}


def expect(result: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """The result, if nothing was answered otherwise. Raises Refusal."""
    for name, absolutes in result.items():
        if name != "ratios" and set(absolutes["statuses"]) - set(statuses):
            raise Refusal(f"{name} answered {absolutes['statuses']} instead of {statuses}")
    return result


def _summary(runs: list[Measured]) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    for run in runs:
        statuses.update(run.statuses)
    values = ("rate", "p50_ms", "p95_ms", "p99_ms")
    medians = {name: round(statistics.median(getattr(run, name) for run in runs), 3) for name in values}
    return {**medians, "statuses": dict(statuses)}


def _ratio(ours: list[Measured], theirs: list[Measured]) -> dict[str, float]:
    ratios = sorted(own.rate / other.rate for own, other in zip(ours, theirs, strict=True))
    return {
        "median": round(statistics.median(ratios), 4),
        "lowest": round(ratios[0], 4),
        "highest": round(ratios[-1], 4),
    }
