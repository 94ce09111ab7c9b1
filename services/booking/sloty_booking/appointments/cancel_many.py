"""Cancelling many appointments at once: each as it would be alone, and one message to each person."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, select

from sloty_booking.appointments.actions import cancel_one
from sloty_booking.appointments.who_acts import TooLate
from sloty_booking.notifications.together import Change, owe_together
from sloty_shared.errors import SlotyError
from sloty_shared.models import Appointment, InvalidTransition, Tenant
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class Cancelled:
    """One appointment that is cancelled now, or what refused it."""

    appointment: Appointment
    refusal: SlotyError | None = None


def cancel_many(
    work: Work, appointments: Iterable[Appointment], reason: str | None
) -> list[Cancelled]:
    """Cancel those that can be, by the rules of one; all of them are locked."""
    changes: list[Change] = []
    done: list[Cancelled] = []
    for appointment in appointments:
        try:
            changes.append(cancel_one(work, appointment, reason))
            done.append(Cancelled(appointment))
        except (InvalidTransition, TooLate) as refusal:
            done.append(Cancelled(appointment, refusal))
    owe_together(work, changes)
    return done


def lock_many(work: Work, query: Select[Appointment]) -> list[Appointment]:
    """The query's appointments by start, locked until the transaction ends.

    What changes many appointments locks them in the order of their ids; whatever plans all of a
    tenant's anew (a change of reminder rules) has no order and is kept out by the tenant's row.
    """
    work.session.execute(
        select(Tenant.id).where(Tenant.id == work.tenant.id).with_for_update(read=True)
    )
    locked = query.order_by(Appointment.id).with_for_update(key_share=True, of=Appointment)
    found = work.session.scalars(locked.execution_options(populate_existing=True))
    return sorted(found, key=lambda appointment: (appointment.start_time, appointment.id))
