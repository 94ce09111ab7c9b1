"""`/v1/public/appointments/{confirmationCode}`: for whoever has the code of an appointment."""

from limits import RateLimitItemPerMinute

from sloty_booking.appointments import actions
from sloty_booking.appointments import queries as appointments
from sloty_booking.appointments.calendar_file import ICalendar, calendar_file
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.reschedule import reschedule
from sloty_booking.appointments.schemas import Cancellation, Move, StaffMove
from sloty_booking.appointments.showing import NAMES
from sloty_booking.appointments.who_acts import TooLate
from sloty_booking.public import queries
from sloty_booking.public.schemas import PublicAppointment
from sloty_shared.models import InvalidTransition
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

# A code has 100 random bits: at this pace nobody guesses one in the lifetime of the sun.
READ, ACT = RateLimitItemPerMinute(60), RateLimitItemPerMinute(20)

routes = Routes(tags=["public"], prefix="/v1/public/appointments/{confirmation_code}")


@routes.read(
    "",
    public=True,
    answer=PublicAppointment,
    limit=READ,
    summary="Read an appointment by its code",
)
def read_public_appointment(work: Work, confirmation_code: str) -> PublicAppointment:
    """The appointment; the code of one that was moved leads to the time it was moved to last."""
    return queries.appointment(work, confirmation_code)


@routes.read(
    "/calendar.ics",
    public=True,
    response_class=ICalendar,
    limit=READ,
    summary="Download an appointment for a calendar by its code",
)
def download_public_appointment(work: Work, confirmation_code: str) -> ICalendar:
    """The entry with the UID of the mails; what is cancelled is taken away (`METHOD:CANCEL`)."""
    found = appointments.appointment(work, confirmation_code, loading=NAMES)
    return calendar_file(found, work.tenant)


@routes.act(
    "/confirm",
    public=True,
    answer=PublicAppointment,
    limit=ACT,
    errors=(InvalidTransition, actions.AwaitingApproval),
    summary="Confirm an appointment by its code",
)
def confirm_public_appointment(work: Work, confirmation_code: str) -> PublicAppointment:
    """The customer will come. A request is approved by the business alone."""
    return queries.appointment(work, actions.confirm(work, confirmation_code).confirmation_code)


@routes.act(
    "/cancel",
    public=True,
    answer=PublicAppointment,
    limit=ACT,
    errors=(InvalidTransition, TooLate),
    summary="Cancel an appointment by its code",
)
def cancel_public_appointment(
    work: Work, confirmation_code: str, body: Cancellation | None = None
) -> PublicAppointment:
    """Give the time back, until the business's `cancellationCutoffHours` before the start."""
    cancelled = actions.cancel(work, confirmation_code, body.reason if body else None)
    return queries.appointment(work, cancelled.confirmation_code)


@routes.create(
    "/reschedule",
    public=True,
    answer=PublicAppointment,
    location="/v1/public/appointments/{0.confirmation_code}",
    limit=ACT,
    errors=(InvalidTransition, TooLate, *REFUSALS.values()),
    summary="Move an appointment by its code",
)
def reschedule_public_appointment(
    work: Work, confirmation_code: str, body: Move
) -> PublicAppointment:
    """Take another slot that is offered in place of this one, as long as it may be cancelled.

    The answer has a code of its own; the old one goes on leading to it. What the business had
    approved is a request again.
    """
    move = StaffMove.model_construct(**dict(body))
    return queries.appointment(work, reschedule(work, confirmation_code, move).confirmation_code)
