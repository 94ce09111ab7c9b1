"""`/v1/appointments/{id}/…`: what becomes of an appointment."""

from sloty_booking.appointments import actions
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.reschedule import reschedule
from sloty_booking.appointments.schemas import AppointmentView, Cancellation, StaffMove
from sloty_booking.appointments.showing import shown
from sloty_booking.appointments.who_acts import TooLate
from sloty_shared.errors import NotFound
from sloty_shared.models import InvalidTransition, TooEarly
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["appointments"], prefix="/v1/appointments/{appointment_id}")


@routes.act(
    "/confirm",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition, actions.AwaitingApproval),
    summary="Confirm an appointment",
)
def confirm_appointment(work: Work, appointment_id: UuidId) -> AppointmentView:
    """SCHEDULED becomes CONFIRMED. By the business it approves a request, and the customer is told."""
    return shown(work, actions.confirm(work, appointment_id))


@routes.act(
    "/check-in",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition),
    summary="Check a customer in",
)
def check_in_appointment(work: Work, appointment_id: UuidId) -> AppointmentView:
    """The customer is there: SCHEDULED or CONFIRMED becomes CHECKED_IN."""
    return shown(work, actions.check_in(work, appointment_id))


@routes.act(
    "/start",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition),
    summary="Start an appointment",
)
def start_appointment(work: Work, appointment_id: UuidId) -> AppointmentView:
    """CHECKED_IN becomes IN_PROGRESS."""
    return shown(work, actions.start(work, appointment_id))


@routes.act(
    "/complete",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition, TooEarly),
    summary="Complete an appointment",
)
def complete_appointment(work: Work, appointment_id: UuidId) -> AppointmentView:
    """IN_PROGRESS becomes COMPLETED, not before the start."""
    return shown(work, actions.complete(work, appointment_id))


@routes.act(
    "/no-show",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition, TooEarly),
    summary="Note that nobody came",
)
def miss_appointment(work: Work, appointment_id: UuidId) -> AppointmentView:
    """SCHEDULED or CONFIRMED becomes NO_SHOW, not before the start; the time is free again."""
    return shown(work, actions.miss(work, appointment_id))


@routes.act(
    "/cancel",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition, TooLate),
    summary="Cancel an appointment",
)
def cancel_appointment(
    work: Work, appointment_id: UuidId, body: Cancellation | None = None
) -> AppointmentView:
    """Free its time and tell the customer; a request that was never approved is declined.

    The business may always. Customers may until the tenant's `cancellationCutoffHours` before the
    start.
    """
    return shown(work, actions.cancel(work, appointment_id, body.reason if body else None))


@routes.create(
    "/reschedule",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    location="/v1/appointments/{0.id}",
    errors=(NotFound, InvalidTransition, TooLate, *REFUSALS.values()),
    summary="Move an appointment",
)
def reschedule_appointment(work: Work, appointment_id: UuidId, body: StaffMove) -> AppointmentView:
    """A new appointment takes the new time, and this one becomes RESCHEDULED; or nothing changes.

    Both name each other, in `rescheduledFromId` and `rescheduledToId`, and the old confirmation
    code leads to the new one. Price, duration, answers, participants and texts stay as they were
    booked; `remindersSent` begins at 0. The same rules refuse a time as for a booking, but its own
    old time does not stand in its way. What the business has approved and the customer moves is a
    request again. Customers may move as long as they may cancel.
    """
    return shown(work, reschedule(work, appointment_id, body))
