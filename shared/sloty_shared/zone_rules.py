"""The rules of time zones: whether Python and PostgreSQL hold the same, and what changed since booking."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVarTuple
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from sloty_shared.database import Database
from sloty_shared.models import HOLDING, Appointment
from sloty_shared.scheduling.local_time import local_spans

LOOK_AHEAD = timedelta(days=2 * 366)
LOOK_AGAIN_AFTER_SECONDS = 600.0
MOST_NAMED = 5
UNKNOWN_ZONE = "unknown"

Columns = TypeVarTuple("Columns")

_ZONES_IN_USE = text("SELECT zone FROM zones_in_use() ORDER BY zone")
_UNKNOWN = text(
    "SELECT zone FROM unnest(CAST(:zones AS text[])) zone "
    "WHERE zone NOT IN (SELECT name FROM pg_timezone_names)"
)
_DISAGREEING = text(
    """
    SELECT zone, min(instant) AS instant
    FROM unnest(CAST(:zones AS text[]), CAST(:instants AS bigint[]), CAST(:offsets AS integer[]))
        AS reading(zone, instant, utc_offset)
    WHERE utc_offset <> extract(epoch FROM
        (to_timestamp(instant) AT TIME ZONE zone) - (to_timestamp(instant) AT TIME ZONE 'UTC'))
    GROUP BY zone ORDER BY zone
    """
)


class Reading(NamedTuple):
    """What Python says of one instant (seconds since 1970) in a zone: seconds east of UTC."""

    zone: str
    instant: int
    offset: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An appointment whose clock at the location no longer reads what was booked."""

    tenant_id: UUID
    appointment_id: UUID
    start_time: datetime
    as_booked: str
    as_read_now: str


@dataclass(frozen=True, slots=True)
class MoveReport:
    """How the two rule books compare, which appointments moved, and of how many nobody can tell."""

    rules: str
    moved: Sequence[Moved]
    untold: int


class CannotLook(Exception):
    """The database cannot be read; the message is one line for the operator."""


class ZoneCheck:
    """Compares both rule books for the zones of all locations, and remembers it for minutes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found = ""
        self._look_again_at = -1.0

    def __call__(self) -> str:
        """`ok`, or in a few words which zones the two disagree about."""
        if time.monotonic() >= self._look_again_at:
            self._found = self._look()
            self._look_again_at = time.monotonic() + LOOK_AGAIN_AFTER_SECONDS
        return self._found

    def _look(self) -> str:
        try:
            with self._database.transaction() as session:
                zones = list(session.scalars(_ZONES_IN_USE))
                return "; ".join(disagreements(session, zones, datetime.now(UTC))) or "ok"
        except (DBAPIError, PoolTimeoutError):
            return "not checked"


def disagreements(session: Session, zones: Sequence[str], now: datetime) -> list[str]:
    """What PostgreSQL and Python do not agree about in the next two years, in words."""
    by_postgres = set(session.scalars(_UNKNOWN, {"zones": list(zones)}))
    by_python = {zone for zone in zones if not _is_known(zone)}
    start = int(now.timestamp())
    end = start + int(LOOK_AHEAD.total_seconds())
    readings = [
        reading
        for zone in zones
        if zone not in by_postgres | by_python
        for reading in readings_of(zone, start, end)
    ]
    differing = [
        f"{zone} from {datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%MZ}"
        for zone, instant in disagreeing(session, readings)
    ]
    return [
        *_named("unknown to PostgreSQL", by_postgres),
        *_named("unknown to Python", by_python),
        *_named("PostgreSQL and Python differ", differing),
    ]


def readings_of(zone: str, start: int, end: int) -> Iterator[Reading]:
    """Both sides of every change of the clock in [start, end), and one instant a week."""
    before: Reading | None = None
    for span in local_spans(zone, start, end):
        if before is None or span.offset != before.offset:
            yield from [before] if before else []
            yield Reading(zone, span.start, span.offset)
        elif span.day % 7 == 0:
            yield Reading(zone, span.start, span.offset)
        before = Reading(zone, span.end - 1, span.offset)


def disagreeing(session: Session, readings: Sequence[Reading]) -> list[tuple[str, int]]:
    """The zones that PostgreSQL reads otherwise, each with the first such instant."""
    found = session.execute(
        _DISAGREEING,
        {
            "zones": [reading.zone for reading in readings],
            "instants": [reading.instant for reading in readings],
            "offsets": [reading.offset for reading in readings],
        },
    )
    return [(zone, instant) for zone, instant in found]


def wall_time(start: datetime, zone: str) -> str:
    """What the clock of the zone is to read, with its offset: `2027-03-23T09:00:00+01:00[Europe/Berlin]`.

    Stored when an appointment is booked, so that a later change of the zone's rules shows.
    """
    return f"{start.astimezone(ZoneInfo(zone)).isoformat()}[{zone}]"


def report_moves(database_url: str) -> MoveReport:
    """Look at the future appointments of every tenant that the role of the URL sees.

    Raises CannotLook with one line for the operator.
    """
    database = Database(database_url, application="sloty-zones")
    now = datetime.now(UTC)
    try:
        rules = ZoneCheck(database)()
        with database.transaction() as session:
            return MoveReport(rules, list(moved_appointments(session, now)), untold(session, now))
    except DBAPIError as problem:
        raise CannotLook(str(problem.orig).strip().splitlines()[0]) from problem
    finally:
        database.dispose()


def moved_appointments(session: Session, now: datetime) -> Iterator[Moved]:
    """Standing future appointments whose clock reads otherwise by the present rules, by start."""
    columns = (
        Appointment.tenant_id,
        Appointment.id,
        Appointment.start_time,
        Appointment.start_wall_time,
    )
    query = (
        _future(select(*columns), now)
        .order_by(Appointment.start_time, Appointment.id)
        .execution_options(yield_per=1000)
    )
    for tenant_id, appointment_id, start, booked in session.execute(query):
        if booked is None:
            continue
        zone = booked.partition("[")[2].rstrip("]")
        read = wall_time(start, zone) if _is_known(zone) else UNKNOWN_ZONE
        if read != booked:
            yield Moved(tenant_id, appointment_id, start, booked, read)


def untold(session: Session, now: datetime) -> int:
    """How many standing future appointments have no stored wall time to compare with."""
    query = _future(select(func.count(Appointment.id)), now)
    return session.scalar(query.where(Appointment.start_wall_time.is_(None))) or 0


def _future(query: Select[*Columns], now: datetime) -> Select[*Columns]:
    return query.where(Appointment.start_time > now, Appointment.status.in_(HOLDING))


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _named(what: str, zones: Iterable[str]) -> list[str]:
    """The first few by name, and how many more there are."""
    listed = sorted(zones)
    if not listed:
        return []
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    return [f"{what}: {', '.join(listed[:MOST_NAMED])}{more}"]
