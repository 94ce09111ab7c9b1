"""What Prometheus learns about the requests, and the page it reads."""

import os
from functools import cache

from fastapi import Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("sloty_http_requests_total", "Requests answered.", ["method", "route", "status"])
DURATION = Histogram(
    "sloty_http_request_duration_seconds",
    "From the request's head to the end of its answer.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    counter, histogram = _series(method, route, str(status))
    counter.inc()
    histogram.observe(seconds)


@cache
def _series(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, status), DURATION.labels(method, route)


def metrics() -> Response:
    """Metrics of this process, or of all that share `PROMETHEUS_MULTIPROC_DIR`."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
