"""Taking a provider's time for a new appointment, in one statement that the database decides."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CTE, ColumnElement, case, insert, literal, select, update
from sqlalchemy.dialects.postgresql import UUID as POSTGRESQL_UUID

from sloty_booking.holds.queries import HoldExpired
from sloty_shared.holding import WantedTime, take_or_clear, taking
from sloty_shared.ids import new_id
from sloty_shared.models import Appointment, HeldTime
from sloty_shared.web.work import Work


def take_time(work: Work, wanted: WantedTime, values: dict[str, Any]) -> Appointment | None:
    """Insert the appointment with the columns `values`, or return None where the time is taken.

    A concurrent booking of the same time is waited for; nobody deadlocks, since a conflict is
    asked about and not raised.
    """
    values = {"id": new_id(), **values}

    def attempt() -> Appointment | None:
        time = taking(wanted, {"appointment_id": values["id"]})
        if not wanted.is_shared:
            return _insert(work, values, time.returning(HeldTime.appointment_id).cte("held"), {})
        held = time.returning(HeldTime.seat_group, HeldTime.seat).cte("held")
        place = {"group_session_id": held.c.seat_group, "seat": held.c.seat}
        return _insert(work, values, held, place)

    return take_or_clear(work.session, wanted, attempt, now=work.now)


def take_held_time(work: Work, hold: HeldTime, values: dict[str, Any]) -> Appointment:
    """Make the hold the appointment's own time, which it has been all along.

    Raises HoldExpired where somebody else did so or gave it back since it was read.
    """
    values = {"id": new_id(), **values}
    itself = literal(values["id"], POSTGRESQL_UUID())
    held = (
        update(HeldTime)
        .where(
            HeldTime.tenant_id == work.tenant.id,
            HeldTime.id == hold.id,
            HeldTime.expires_at > work.now,
        )
        .values(
            appointment_id=itself,
            seat_group=case((HeldTime.capacity.is_(None), itself), else_=HeldTime.seat_group),
            expires_at=None,
            end_time=None,
            holder=None,
        )
        .returning(HeldTime.seat_group, HeldTime.seat, HeldTime.capacity)
        .cte("held")
    )
    place = {
        "group_session_id": case((held.c.capacity.is_not(None), held.c.seat_group)),
        "seat": held.c.seat,
    }
    appointment = _insert(work, values, held, place)
    if appointment is None:
        raise HoldExpired
    return appointment


def _insert(
    work: Work, values: dict[str, Any], held: CTE, place: Mapping[str, ColumnElement[Any]]
) -> Appointment | None:
    """The appointment, if there is a row in `held`, which says its place in a session."""
    columns = Appointment.__table__.c
    row = select(
        *(literal(value, columns[name].type).label(name) for name, value in values.items()),
        *place.values(),
    ).select_from(held)
    return work.session.scalar(
        insert(Appointment).from_select([*values, *place], row).returning(Appointment)
    )
