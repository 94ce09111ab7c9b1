"""`/v1/appointments`."""

from typing import Annotated

from fastapi import Depends, Query

from sloty_booking.appointments import actions, queries
from sloty_booking.appointments.queries import AppointmentFilter
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.schemas import AppointmentView, Booking, Cancellation
from sloty_shared.errors import NotFound, PlanLimit
from sloty_shared.models import Appointment, AppointmentStatus, InvalidTransition
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstant, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["appointments"])


async def _wanted(
    provider_id: Annotated[UuidId | None, Query(alias="providerId")] = None,
    customer_id: Annotated[UuidId | None, Query(alias="customerId")] = None,
    service_id: Annotated[UuidId | None, Query(alias="serviceId")] = None,
    location_id: Annotated[UuidId | None, Query(alias="locationId")] = None,
    status: AppointmentStatus | None = None,
    start: Annotated[
        QueryInstant | None, Query(alias="from", description="`startTime` at or after this.")
    ] = None,
    end: Annotated[
        QueryInstant | None, Query(alias="to", description="`startTime` before this.")
    ] = None,
) -> AppointmentFilter:
    return AppointmentFilter(
        provider_id=provider_id,
        customer_id=customer_id,
        service_id=service_id,
        location_id=location_id,
        status=status,
        start=start,
        end=end,
    )


@routes.create(
    "/appointments",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, PlanLimit, *REFUSALS.values()),
    summary="Book an appointment",
)
def create_appointment(work: Work, body: Booking) -> Appointment:
    """Book a slot that `GET /v1/slots` lists; two bookings of one time never both succeed.

    A time that cannot be booked is answered with the rule that refuses it in `rule`, and the next
    free slots in `nextSlots`.
    """
    return actions.book(work, body)


@routes.read(
    "/appointments",
    allow=Permission.APPOINTMENTS_READ,
    answer=Listing[AppointmentView],
    summary="List appointments",
)
def list_appointments(
    work: Work, page: PageQuery, wanted: Annotated[AppointmentFilter, Depends(_wanted)]
) -> Listing[AppointmentView]:
    """The tenant's appointments in order of their start."""
    return listing(AppointmentView, queries.appointments(work, wanted, page))


@routes.read(
    "/appointments/{appointment_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=AppointmentView,
    errors=(NotFound,),
    summary="Read an appointment",
)
def read_appointment(work: Work, appointment_id: UuidId) -> Appointment:
    """One appointment."""
    return queries.appointment(work, appointment_id)


@routes.act(
    "/appointments/{appointment_id}/cancel",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, InvalidTransition),
    summary="Cancel an appointment",
)
def cancel_appointment(
    work: Work, appointment_id: UuidId, body: Cancellation | None = None
) -> Appointment:
    """Free its time and tell the customer; a request that was never approved is declined."""
    return actions.cancel(work, appointment_id, body.reason if body else None)
