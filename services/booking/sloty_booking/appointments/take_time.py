"""Taking a provider's time for a new appointment, in one statement that the database decides.

What is to be written down of it goes along: its audit event, and the messages about it.
"""

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Integer,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm.attributes import set_committed_value

from sloty_booking.holds.queries import HoldExpired
from sloty_booking.notifications.owe import owing, owing_values
from sloty_shared import audit
from sloty_shared.holding import WantedTime, take_or_clear, taking_alone, taking_place
from sloty_shared.hot_statements import Detached, HotStatement
from sloty_shared.ids import new_id
from sloty_shared.models import (
    Appointment,
    AppointmentStatus,
    AuditEvent,
    Customer,
    HeldTime,
    NotificationKind,
)
from sloty_shared.web.work import Work

_APPOINTMENT = Detached(Appointment)
_COLUMNS = Appointment.__table__.c
# Its place in a session, which only the database knows.
_PLACE = ("group_session_id", "seat")
# A new appointment, in the order of the columns.
_USUAL: dict[str, Any] = {
    **dict.fromkeys(column.key for column in _APPOINTMENT.columns),
    "status": AppointmentStatus.SCHEDULED,
    "calendar_sequence": 0,
    "reminders_sent": 0,
    "seat": 1,
    "version": 1,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is written down of an appointment along with it: what happened, and who hears of it."""

    action: str
    kind: NotificationKind
    customer: Customer


class _Source(Enum):
    """Where the time comes from."""

    ALONE = auto()
    SESSION = auto()
    HOLD = auto()


def take_time(
    work: Work, wanted: WantedTime, values: dict[str, Any], told: Told | None = None
) -> Appointment | None:
    """Insert the appointment with the columns `values`, or return None where the time is taken.

    A concurrent booking of the same time is waited for; nobody deadlocks, since a conflict is
    asked about and not raised.
    """
    source = _Source.SESSION if wanted.is_shared else _Source.ALONE
    row = _as_booked(work, values)
    return take_or_clear(
        work.connection,
        wanted,
        lambda: _insert(work, source, row, told, {"capacity": wanted.capacity}),
        now=work.now,
    )


def take_held_time(
    work: Work, hold: HeldTime, values: dict[str, Any], told: Told | None = None
) -> Appointment:
    """Make the hold the appointment's own time, which it has been all along.

    Raises HoldExpired where somebody else did so or gave it back since it was read.
    """
    known = {"hold_id": hold.id, "now": work.now}
    taken = _insert(work, _Source.HOLD, _as_booked(work, values), told, known)
    if taken is None:
        raise HoldExpired
    return taken


def _as_booked(work: Work, values: dict[str, Any]) -> dict[str, Any]:
    """The row as it will be; of its columns, those that `values` leave out are as usual."""
    made = {"id": new_id(), "created_at": work.now, "updated_at": work.now}
    return _USUAL | made | values


def _insert(
    work: Work,
    source: _Source,
    row: dict[str, Any],
    told: Told | None,
    known: dict[str, Any],
) -> Appointment | None:
    appointment = _APPOINTMENT.row(tuple(row.values()))
    values = row | known
    if told is not None:
        values |= audit.event_values(work.actor, told.action, appointment)
        addressees = [(told.customer.email, None)]
        values |= owing_values(work, told.kind, appointment, addressees)
    place = _statement(source, is_told=told is not None).first(work.connection, values)
    if place is None:
        return None
    for name, value in zip(_PLACE, place, strict=True):
        set_committed_value(appointment, name, value)
    # As any other row that was read: what is changed of it later is written.
    work.has_read(appointment)
    if told is not None:
        work.wake_workers()
    return appointment


@cache
def _statement(source: _Source, *, is_told: bool) -> HotStatement:
    """Held time, appointment and what is told of it.

    Made once: making it anew for each booking cost more than all that the database does for one.
    """
    held = {
        _Source.ALONE: _held_alone,
        _Source.SESSION: _held_place,
        _Source.HOLD: _held_by_hold,
    }[source]()
    names = [column.name for column in _COLUMNS if column.name not in _PLACE]
    row = select(*map(_parameter, names), *(held.c[name] for name in _PLACE))
    booked = (
        insert(Appointment)
        .from_select([*names, *_PLACE], row.select_from(held))
        .returning(*(_COLUMNS[name] for name in _PLACE))
        .cte("booked")
    )
    statement = select(*booked.c)
    if is_told:
        statement = statement.add_cte(_event(booked), owing(booked).cte("told"))
    return HotStatement(statement)


def _parameter(name: str) -> BindParameter[Any]:
    return bindparam(name, type_=_COLUMNS[name].type)


def _wanted() -> WantedTime:
    """The time that the appointment's own columns say."""
    given: dict[str, Any] = {name: _parameter(name) for name in _COLUMNS.keys()}  # noqa: SIM118
    return WantedTime(
        tenant_id=given["tenant_id"],
        provider_id=given["provider_id"],
        service_id=given["service_id"],
        start=given["start_time"],
        held_until=given["held_until"],
        capacity=bindparam("capacity", type_=Integer),  # type: ignore[arg-type]
    )


def _held_alone() -> CTE:
    taking = taking_alone(_wanted(), {"appointment_id": _parameter("id")})
    nobody_else: ColumnElement[Any] = cast(null(), _COLUMNS.group_session_id.type)
    first: ColumnElement[int] = literal_column("1", Integer)
    return taking.returning(nobody_else.label("group_session_id"), first.label("seat")).cte("held")


def _held_place() -> CTE:
    taking = taking_place(_wanted(), {"appointment_id": _parameter("id")})
    return taking.returning(HeldTime.seat_group.label("group_session_id"), HeldTime.seat).cte(
        "held"
    )


def _held_by_hold() -> CTE:
    itself: ColumnElement[UUID] = _parameter("id")
    shared = HeldTime.capacity.is_not(None)
    return (
        update(HeldTime)
        .where(
            HeldTime.tenant_id == _parameter("tenant_id"),
            HeldTime.id == bindparam("hold_id"),
            HeldTime.expires_at > bindparam("now"),
        )
        .values(
            appointment_id=itself,
            seat_group=case((shared, HeldTime.seat_group), else_=itself),
            expires_at=None,
            end_time=None,
            holder=None,
        )
        .returning(case((shared, HeldTime.seat_group)).label("group_session_id"), HeldTime.seat)
        .cte("held")
    )


def _event(booked: CTE) -> CTE:
    """The audit event; its details were written before the place was known."""
    columns = AuditEvent.__table__.c
    given: dict[str, ColumnElement[Any]] = {
        name: bindparam(name, type_=columns[name].type) for name in audit.EVENT_COLUMNS
    }
    place = (part for name in _PLACE for part in (literal_column(f"'{name}'"), booked.c[name]))
    given["after"] = given["after"].concat(func.jsonb_build_object(*place, type_=JSONB))
    row = select(*given.values()).select_from(booked)
    return insert(AuditEvent).from_select(list(given), row).cte("event")
