"""`/v1/public/{slug}`: a business's page, and booking with it."""

from typing import Annotated

from fastapi import Depends, Path
from limits import RateLimitItemPerMinute

from sloty_booking.appointments.asked import ask_booking
from sloty_booking.appointments.book import book
from sloty_booking.appointments.by_hold import HoldMismatch
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.schemas import Booking
from sloty_booking.forms.routes import FormSchema, tagged_form
from sloty_booking.holds.queries import HoldExpired
from sloty_booking.public import queries
from sloty_booking.public.schemas import BusinessPage, PublicAppointment, PublicBooking
from sloty_shared.errors import Invalid, NotFound, PlanLimit
from sloty_shared.web.answer import Tagged
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.work import Work


async def _slug(slug: Annotated[str, Path(description="The business's slug or domain.")]) -> str:
    """For the API's document: the guard has led into the business by it already."""
    return slug


routes = Routes(tags=["public"], prefix="/v1/public/{slug}")


@routes.read(
    "",
    public=True,
    answer=BusinessPage,
    limit=RateLimitItemPerMinute(600),
    dependencies=[Depends(_slug)],
    summary="Read a business's page",
)
def read_business(work: Work) -> BusinessPage:
    """What can be booked, with whom and where: what is active, at most 1000 of each."""
    return queries.business_page(work)


@routes.read(
    "/services/{service_id}/form",
    public=True,
    response_class=FormSchema,
    errors=(NotFound,),
    dependencies=[Depends(_slug)],
    summary="Read a service's form",
)
def read_public_form(work: Work, service_id: UuidId) -> Tagged:
    """The intake form of a service that is active, as JSON Schema 2020-12."""
    return tagged_form(queries.form(work, service_id))


@routes.create(
    "/appointments",
    ask=lambda now, body: ask_booking(now, _as_booking(body)),
    public=True,
    answer=PublicAppointment,
    location="/v1/public/appointments/{0.confirmation_code}",
    limit=COSTLY,
    errors=(PlanLimit, Invalid, HoldExpired, HoldMismatch, *REFUSALS.values()),
    dependencies=[Depends(_slug)],
    summary="Book an appointment with a business",
)
def create_public_appointment(work: Work, body: PublicBooking) -> PublicAppointment:
    """Book a slot that is offered, for the customer who is named.

    A time that cannot be booked is answered with the rule that refuses it in `rule`, and the next
    free slots in `nextSlots`. The confirmation code leads to the appointment without a log-in.
    """
    booked = book(work, _as_booking(body), work.found)
    return queries.appointment(work, booked.confirmation_code)


def _as_booking(body: PublicBooking) -> Booking:
    return Booking.model_construct(**dict(body))
