"""Whether a service can do its work: the database answers and has the schema of this code."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sloty_shared.broker import PUBLISHER_OPTIONS, BrokerOutOfReach, connect
from sloty_shared.database import Database
from sloty_shared.revision import REVISION
from sloty_shared.zone_rules import ZoneCheck


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether requests can be answered, and what each check found (`ok`, or what is wrong).

    A check may fail and the service be ready: bookings go on without the broker, and by Python's
    rules of time zones where PostgreSQL has others.
    """

    ready: bool
    checks: Mapping[str, str]


def check_readiness(database: Database, broker_url: str, check_zones: ZoneCheck) -> Readiness:
    found = {"database": check_database(database), "broker": check_broker(broker_url)}
    if found["database"] == "ok":
        found["zones"] = check_zones()
    return Readiness(ready=found["database"] == "ok", checks=found)


def check_database(database: Database) -> str:
    """`ok`, or in a few words why the database cannot be worked with."""
    try:
        with database.transaction() as session:
            if session.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
                return "not migrated"
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except (DBAPIError, PoolTimeoutError) as problem:
        return "not migrated" if _is_denied(problem) else "out of reach"
    if revision == REVISION:
        return "ok"
    return f"not migrated: at {revision}, this code needs {REVISION}"


def _is_denied(problem: Exception) -> bool:
    """Before the first migration the role has no right to look at anything."""
    return getattr(getattr(problem, "orig", None), "sqlstate", None) == "42501"


def check_broker(broker_url: str) -> str:
    try:
        with connect(broker_url, PUBLISHER_OPTIONS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except BrokerOutOfReach:
        return "out of reach"
    return "ok"
