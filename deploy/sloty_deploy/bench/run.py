"""`./sloty bench`: builds what is measured, measures it, and prints it as JSON."""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sloty_deploy.bench import machine
from sloty_deploy.bench.book import bench_book
from sloty_deploy.bench.notifications import bench_notifications
from sloty_deploy.bench.options import Options, Part
from sloty_deploy.bench.rig import Rig, rig
from sloty_deploy.bench.sites import Site, build
from sloty_deploy.bench.slots import bench_slots

STOPPED_BY_SIGNAL = 128
BENCHES: dict[Part, Callable[[Rig, list[Site], Options], dict[str, Any]]] = {
    Part.SLOTS: bench_slots,
    Part.BOOK: bench_book,
    Part.NOTIFICATIONS: bench_notifications,
}


def bench(options: Options) -> dict[str, Any]:
    """Measure, on a stack of its own that is gone afterwards. Raises Refusal where it fails."""
    began = time.monotonic()
    result: dict[str, Any] = {"machine": machine.facts(), "settings": _settings(options)}
    with tempfile.TemporaryDirectory(prefix="sloty-bench-") as folder:
        options.say("Starting PostgreSQL and a broker")
        with rig(Path(folder)) as built:
            sites = []
            for stored in options.stored:
                options.say(f"Storing {stored} appointments")
                sites.append(build(built, stored, processes=options.api_processes))
            for part in options.parts:
                options.say(f"Measuring {part}")
                result[part] = BENCHES[part](built, sites, options)
    result["loadAveragesAfter"] = machine.facts()["loadAverages"]
    result["minutes"] = round((time.monotonic() - began) / 60, 1)
    return result


def print_bench(options: Options) -> None:
    """Print what was measured as JSON on standard output; a signal ends it in order."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(STOPPED_BY_SIGNAL + received))
    print(json.dumps(bench(options), indent=1))


def say(line: str) -> None:
    """Show progress, on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _settings(options: Options) -> dict[str, Any]:
    return {
        "secondsEach": options.seconds,
        "rounds": options.rounds,
        "quick": options.quick,
        "apiProcesses": options.api_processes,
        "stored": list(options.stored),
        "fsync": "on",
        "rateLimits": "off",
    }
