"""`/v1/public/waitlist/{code}`: for whoever has the code of a waitlist entry."""

from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.public import queries as public
from sloty_booking.public.by_code import ACT, READ
from sloty_booking.public.schemas import PublicAppointment
from sloty_booking.waitlist import actions, queries
from sloty_booking.waitlist.schemas import Acceptance, PublicEntry
from sloty_shared.errors import Invalid, PlanLimit, VersionConflict
from sloty_shared.models import WaitlistTransition
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

routes = Routes(tags=["public"], prefix="/v1/public/waitlist/{waitlist_code}")


@routes.read(
    "",
    public=True,
    answer=PublicEntry,
    limit=READ,
    summary="Read a waitlist entry by its code",
)
def read_public_entry(work: Work, waitlist_code: str) -> PublicEntry:
    """The entry, and what it is offered."""
    return queries.public_entry(work, waitlist_code)


@routes.remove(
    "",
    public=True,
    limit=ACT,
    errors=(VersionConflict, WaitlistTransition),
    summary="Leave the waitlist by the code",
)
def cancel_public_entry(work: Work, waitlist_code: str) -> None:
    """The entry becomes CANCELLED; what it was offered goes to the next in line."""
    actions.cancel(work, waitlist_code)


@routes.create(
    "/accept",
    public=True,
    answer=PublicAppointment,
    location="/v1/public/appointments/{0.confirmation_code}",
    limit=ACT,
    errors=(actions.NoOffer, actions.OfferExpired, PlanLimit, Invalid, *REFUSALS.values()),
    summary="Accept the offer of a waitlist entry",
)
def accept_offer(
    work: Work, waitlist_code: str, body: Acceptance | None = None
) -> PublicAppointment:
    """Book the time that is held for the entry; the entry becomes BOOKED."""
    booked = actions.accept(work, waitlist_code, body or Acceptance.model_construct())
    return public.appointment(work, booked.confirmation_code)


@routes.act(
    "/decline",
    public=True,
    answer=PublicEntry,
    limit=ACT,
    errors=(actions.NoOffer, actions.OfferExpired),
    summary="Decline the offer of a waitlist entry",
)
def decline_offer(work: Work, waitlist_code: str) -> PublicEntry:
    """The time goes to the next in line at once. The entry waits on, in its place, for another."""
    actions.decline(work, waitlist_code)
    return queries.public_entry(work, waitlist_code)
