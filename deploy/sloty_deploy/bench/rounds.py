"""Taking turns: what is compared is measured alternately, and the median of the ratios counts.

A shared machine is faster in one minute than in the next; only what was measured side by side can
be compared.
"""

import json
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import psutil

from sloty_deploy.bench.load import Load, Measured
from sloty_deploy.refusal import Refusal
from sloty_deploy.surroundings import childrens_environment, without_settings

PRODUCT = "product"


@dataclass(frozen=True)
class Contestant:
    """What is measured, and the ids of the processes that answer, their children included."""

    measure: Callable[[], Measured]
    processes: Sequence[int] = ()

    def take_turn(self) -> Measured:
        before = sum(map(cpu_seconds, self.processes))
        measured = self.measure()
        spent = sum(map(cpu_seconds, self.processes)) - before
        return replace(measured, cpu_seconds=measured.cpu_seconds + spent)


def run_load(load: Load) -> Measured:
    """Send a load from a process of its own. Raises Refusal where the server fails."""
    return run_measured("sloty_deploy.bench.load", asdict(load))


def run_measured(
    module: str, work: Mapping[str, Any], settings: Mapping[str, str] | None = None
) -> Measured:
    """Run a program that takes its work as JSON and answers with a Measured.

    `settings` are variables of Sloty's. Raises Refusal where it fails.
    """
    environment = without_settings(childrens_environment()) | dict(settings or {})
    finished = subprocess.run(
        [sys.executable, "-P", "-m", module],
        input=json.dumps(work),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if finished.returncode != 0:
        raise Refusal(f"{module} failed: {finished.stderr.strip().splitlines()[-1:]}")
    return Measured(**json.loads(finished.stdout))


def take_turns(
    contestants: Mapping[str, Contestant], rounds: int, *, warm_up: bool = True
) -> dict[str, Any]:
    """Measure each in turn, several times: the absolutes of each, and the product's ratios.

    With `warm_up` a first time does not count, in which caches fill and plans are made.
    `ratios` are the medians over the rounds of the product's rate over the other's, with their
    range; `cpuRatios` those of the other's processor time an answer over the product's.
    """
    for contestant in contestants.values() if warm_up else ():
        contestant.measure()
    taken: dict[str, list[Measured]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            taken[name].append(contestant.take_turn())
    ours = taken[PRODUCT]
    others = {name: runs for name, runs in taken.items() if name != PRODUCT}
    return {
        **{name: _summary(runs) for name, runs in taken.items()},
        "ratios": {name: _ratio(_rates(ours), _rates(runs)) for name, runs in others.items()},
        "cpuRatios": {
            name: _ratio(_costs(runs), _costs(ours))
            for name, runs in others.items()
            if any(_costs(runs))
        },
    }


def expect(result: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """The result, if nothing was answered otherwise. Raises Refusal."""
    for name, absolutes in result.items():
        if set(absolutes.get("statuses", ())) - set(statuses):
            raise Refusal(f"{name} answered {absolutes['statuses']} instead of {statuses}")
    return result


def told(result: Mapping[str, Any]) -> str:
    """What is shown of a result while the next is measured."""
    ours, ratios, by_cpu = result[PRODUCT], result["ratios"], result["cpuRatios"]
    compared = "; ".join(
        f"{ratio['median']:.2f} of {name}"
        + (f" ({by_cpu[name]['median']:.2f} by CPU)" if name in by_cpu else "")
        for name, ratio in ratios.items()
    )
    return f"{ours['rate']:.0f}/s, p95 {ours['p95_ms']:.1f} ms, CPU {ours['cpu_ms']:.2f} ms; {compared}"


def cpu_seconds(process_id: int) -> float:
    """What a process and its children, also those that have ended, have used of the processors."""
    process = psutil.Process(process_id)
    spent = sum(process.cpu_times()[:4])
    for child in process.children():
        try:
            spent += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return float(spent)


def _rates(runs: Sequence[Measured]) -> list[float]:
    return [run.rate for run in runs]


def _costs(runs: Sequence[Measured]) -> list[float]:
    return [run.cpu_ms for run in runs]


def _summary(runs: Sequence[Measured]) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    for run in runs:
        statuses.update(run.statuses)
    values = ("rate", "p50_ms", "p95_ms", "p99_ms", "cpu_ms")
    medians = {
        name: round(statistics.median(getattr(run, name) for run in runs), 3) for name in values
    }
    return {**medians, "statuses": dict(statuses)}


def _ratio(numerators: Sequence[float], denominators: Sequence[float]) -> dict[str, float]:
    """The median of the quotients, one of each round, and the lowest and highest."""
    pairs = zip(numerators, denominators, strict=True)
    ratios = sorted(above / max(below, 1e-9) for above, below in pairs)
    return {
        "median": round(statistics.median(ratios), 4),
        "lowest": round(ratios[0], 4),
        "highest": round(ratios[-1], 4),
    }
