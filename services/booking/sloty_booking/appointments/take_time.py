"""Taking a provider's time for a new appointment, in one statement that the database decides."""

from typing import Any

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert

from sloty_shared.ids import new_id
from sloty_shared.models import NO_DOUBLE_BOOKING, Appointment, HeldTime
from sloty_shared.web.work import Work


def take_time(work: Work, values: dict[str, Any]) -> Appointment | None:
    """Insert the appointment with the columns `values`, or return None where the time is taken.

    A concurrent booking of the same time is waited for; nobody deadlocks, since a conflict is
    asked about and not raised.
    """
    taken = _insert(work, values)
    if taken is None and _clear_expired_holds(work, values):
        taken = _insert(work, values)
    return taken


def _insert(work: Work, values: dict[str, Any]) -> Appointment | None:
    values = {"id": new_id(), **values}
    held = (
        postgresql_insert(HeldTime)
        .values(
            tenant_id=values["tenant_id"],
            provider_id=values["provider_id"],
            service_id=values["service_id"],
            appointment_id=values["id"],
            held_from=values["start_time"],
            held_until=values["held_until"],
            seat_group=values["id"],
        )
        .on_conflict_do_nothing(constraint=NO_DOUBLE_BOOKING)
        .returning(HeldTime.appointment_id)
        .cte("held")
    )
    columns = Appointment.__table__.c
    row = select(
        *(literal(value, columns[name].type).label(name) for name, value in values.items())
    ).select_from(held)
    return work.session.scalar(
        insert(Appointment).from_select(list(values), row).returning(Appointment)
    )


def _clear_expired_holds(work: Work, values: dict[str, Any]) -> bool:
    """Expired holds in the way; the constraint cannot know the time, so they are deleted here."""
    found = work.session.execute(
        delete(HeldTime)
        .where(
            HeldTime.provider_id == values["provider_id"],
            HeldTime.held_from < values["held_until"],
            HeldTime.held_until > values["start_time"],
            HeldTime.expires_at <= work.now,
        )
        .returning(HeldTime.id)
    )
    return found.first() is not None
