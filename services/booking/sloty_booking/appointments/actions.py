"""The life of an appointment that is booked: what becomes of it, and what is said of it."""

from uuid import UUID

from sloty_booking.appointments import queries
from sloty_booking.appointments.queries import Key
from sloty_booking.appointments.schemas import AppointmentChange
from sloty_booking.appointments.who_acts import acts_for_customer, refuse_customer, refuse_too_late
from sloty_booking.customers import queries as customers
from sloty_booking.notifications.owe import owe, tell_webhooks
from sloty_booking.notifications.together import Change
from sloty_shared import audit
from sloty_shared.errors import Conflict
from sloty_shared.models import Appointment, AppointmentStatus, NotificationKind
from sloty_shared.web.changes import change_row
from sloty_shared.web.work import Work


class AwaitingApproval(Conflict):
    """The business has not answered this request yet, and only the business does."""

    code = "awaiting_approval"
    title = "Awaiting approval"


def confirm(work: Work, key: Key) -> Appointment:
    """Confirm that it takes place; by the business, this approves a request and says so.

    Raises NotFound, AwaitingApproval or InvalidTransition.
    """
    appointment = queries.appointment_to_change(work, key)
    approves = appointment.awaits_approval
    if approves and acts_for_customer(work):
        raise AwaitingApproval
    _become(work, appointment, AppointmentStatus.CONFIRMED, "appointment.confirmed")
    if approves:
        _tell(work, NotificationKind.CONFIRMED, appointment)
    else:
        tell_webhooks(work, NotificationKind.CONFIRMED, appointment)
    return appointment


def check_in(work: Work, key: Key) -> Appointment:
    """Raises NotFound, Forbidden or InvalidTransition; so do the next three."""
    return _go_on(work, key, AppointmentStatus.CHECKED_IN, "appointment.checked_in")


def start(work: Work, key: Key) -> Appointment:
    return _go_on(work, key, AppointmentStatus.IN_PROGRESS, "appointment.started")


def complete(work: Work, key: Key) -> Appointment:
    """Raises TooEarly too."""
    return _go_on(work, key, AppointmentStatus.COMPLETED, "appointment.completed")


def miss(work: Work, key: Key) -> Appointment:
    """Raises TooEarly too."""
    return _go_on(work, key, AppointmentStatus.NO_SHOW, "appointment.missed")


def cancel(work: Work, key: Key, reason: str | None) -> Appointment:
    """Free the time and say so; the business declines a request by it.

    Raises NotFound, InvalidTransition, or TooLate for a customer.
    """
    appointment = queries.appointment_to_change(work, key)
    change = cancel_one(work, appointment, reason)
    _tell(work, change.kind, appointment, to_participants=change.to_participants)
    return appointment


def cancel_one(work: Work, appointment: Appointment, reason: str | None) -> Change:
    """Free the time of one that is locked; what is to be said of it is the caller's to say.

    Raises InvalidTransition or TooLate, and then nothing has changed.
    """
    appointment.check_move_to(AppointmentStatus.CANCELLED, now=work.now)
    refuse_too_late(work, appointment)
    before, was_requested = audit.snapshot(appointment), appointment.awaits_approval
    appointment.cancel(reason, now=work.now)
    work.session.flush()
    work.record("appointment.cancelled", appointment, before=before)
    declines = was_requested and not acts_for_customer(work)
    kind = NotificationKind.DECLINED if declines else NotificationKind.CANCELLED
    return Change(kind, appointment, to_participants=not was_requested)


def change(work: Work, appointment_id: UUID, wanted: AppointmentChange) -> Appointment:
    """Raises NotFound, VersionConflict, or Forbidden for the notes that are for staff."""
    appointment = queries.appointment_to_change(work, appointment_id)
    if "internal_notes" in wanted.model_fields_set:
        refuse_customer(work)
    work.check_version(appointment)
    values = wanted.model_dump(exclude_unset=True)
    change_row(work, "appointment.changed", appointment, values)
    return appointment


def _go_on(work: Work, key: Key, status: AppointmentStatus, action: str) -> Appointment:
    appointment = queries.appointment_to_change(work, key)
    refuse_customer(work)
    _become(work, appointment, status, action)
    return appointment


def _become(work: Work, appointment: Appointment, status: AppointmentStatus, action: str) -> None:
    before = audit.snapshot(appointment)
    appointment.move_to(status, now=work.now)
    work.session.flush()
    work.record(action, appointment, before=before)


def _tell(
    work: Work, kind: NotificationKind, appointment: Appointment, *, to_participants: bool = True
) -> None:
    customer = customers.customer(work, appointment.customer_id)
    participants = queries.participants_of(work, appointment) if to_participants else []
    owe(work, kind, appointment, customer, participants)
