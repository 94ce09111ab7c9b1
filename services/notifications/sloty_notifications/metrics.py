"""The worker's metrics for Prometheus, served by its main process on SLOTY_METRICS_PORT."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import structlog
from celery import bootsteps
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from sloty_notifications import tally
from sloty_notifications.settings import NotificationSettings
from sloty_shared.database import Database
from sloty_shared.models import Channel
from sloty_shared.settings import load

_BACKLOG = text("SELECT channel, due, late, oldest FROM notification_backlog(:now)")

log = structlog.get_logger()


class MetricsServer(bootsteps.StartStopStep):  # type: ignore[misc]
    """Answers /metrics while the worker runs, where a port is set."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._server: Any = None

    def start(self, _parent: Any) -> None:
        settings = load(NotificationSettings)
        if settings.metrics_port is None:
            return
        registry = CollectorRegistry()
        registry.register(NotificationCollector(settings))
        try:
            self._server, _thread = start_http_server(
                settings.metrics_port, addr=settings.host, registry=registry
            )
        except OSError:
            # Another worker on this machine answers there; this one's work matters more.
            log.warning("metrics_port_taken", port=settings.metrics_port)

    def stop(self, _parent: Any) -> None:
        if self._server is not None:
            self._server.shutdown()


class NotificationCollector(Collector):
    """What waits, of all tenants, as the database tells; what was sent, as this worker counted."""

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield self._counted()
        try:
            yield from self._waiting()
        except SQLAlchemyError as problem:
            log.warning("metrics_incomplete", problem=type(problem).__name__)

    def _counted(self) -> Metric:
        family = CounterMetricFamily(
            "sloty_notifications",
            "Messages that this worker sent, failed, skipped or put off.",
            labels=["channel", "outcome"],
        )
        for (channel, outcome), count in tally.totals().items():
            family.add_metric([channel.value, outcome.value], count)
        return family

    def _waiting(self) -> Iterator[Metric]:
        now, backlog = self._backlog()
        families = [
            GaugeMetricFamily(
                "sloty_notifications_due", "Messages that are due.", labels=["channel"]
            ),
            GaugeMetricFamily(
                "sloty_notifications_late", "Due for more than a minute.", labels=["channel"]
            ),
            GaugeMetricFamily(
                "sloty_notifications_oldest_due_seconds",
                "For how long the oldest one has been due.",
                labels=["channel"],
            ),
        ]
        for channel in Channel:
            due, late, oldest = backlog.get(channel.value, (0, 0, now))
            values = (due, late, (now - oldest).total_seconds())
            for family, value in zip(families, values, strict=True):
                family.add_metric([channel.value], value)
        yield from families

    def _backlog(self) -> tuple[datetime, dict[str, tuple[int, int, datetime]]]:
        database = Database(
            self._settings.app_database_url, pool_size=1, application="sloty-metrics"
        )
        try:
            with database.transaction() as session:
                now = session.execute(select(func.clock_timestamp())).scalar_one()
                rows = session.execute(_BACKLOG, {"now": now}).all()
        finally:
            database.dispose()
        return now, {row.channel: (row.due, row.late, row.oldest) for row in rows}
