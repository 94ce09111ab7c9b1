"""One tick of the notification worker, timed: the scan and one look of the deliverer.

Run as `python -m sloty_deploy.bench.tick` in the worker's environment: seconds and the least number
of ticks as JSON on standard input, a Measured on standard output.
"""

import json
import sys
import time
from dataclasses import asdict, replace

from sloty_deploy.bench.load import Measured, summary


def measure(seconds: float, at_least: int) -> Measured:
    """Tick over and over, as the worker's own process would."""
    from sloty_notifications.tasks import deliver_due, dispatch
    from sloty_notifications.worker import app

    app.set_current()
    latencies: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds or len(latencies) < at_least:
        asked = time.perf_counter()
        dispatch.apply(throw=True)
        deliver_due.apply(args=["EMAIL"], throw=True)
        latencies.append(time.perf_counter() - asked)
    spent, cpu_spent = time.perf_counter() - began, time.process_time() - cpu_began
    measured = summary(latencies, spent, {"done": len(latencies)}, len(latencies))
    return replace(measured, cpu_seconds=cpu_spent)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(**json.load(sys.stdin)))))
