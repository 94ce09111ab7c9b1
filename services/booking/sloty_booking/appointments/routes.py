"""`/v1/appointments`: booking, reading and changing."""

from typing import Annotated

from fastapi import Depends, Query

from sloty_booking.appointments import actions, queries
from sloty_booking.appointments.asked import ask_booking
from sloty_booking.appointments.book import book
from sloty_booking.appointments.by_hold import HoldMismatch
from sloty_booking.appointments.calendar_file import ICalendar, calendar_file
from sloty_booking.appointments.csv_file import CsvFile
from sloty_booking.appointments.export import TooManyRows, export_appointments
from sloty_booking.appointments.queries import AppointmentFilter
from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.appointments.schemas import (
    AppointmentChange,
    AppointmentView,
    AppointmentWithParts,
    Booking,
    Include,
    Sort,
)
from sloty_booking.appointments.showing import NAMES, NO_PARTS, loading, shown, shown_page
from sloty_booking.holds.queries import HoldExpired
from sloty_shared.errors import Invalid, NotFound, PlanLimit, VersionConflict
from sloty_shared.models import AppointmentStatus
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstant, UuidId
from sloty_shared.web.paging import Listing, PageQuery
from sloty_shared.web.work import Work

routes = Routes(tags=["appointments"])

IncludeQuery = Annotated[
    Include,
    Query(
        description="What to answer along with it, between commas: `customer`, `service`, "
        "`provider`, `location`, `parameters`, `participants`."
    ),
]


async def _wanted(
    provider_id: Annotated[UuidId | None, Query(alias="providerId")] = None,
    customer_id: Annotated[UuidId | None, Query(alias="customerId")] = None,
    service_id: Annotated[UuidId | None, Query(alias="serviceId")] = None,
    location_id: Annotated[UuidId | None, Query(alias="locationId")] = None,
    series_id: Annotated[UuidId | None, Query(alias="seriesId")] = None,
    statuses: Annotated[
        list[AppointmentStatus], Query(alias="status", description="Repeated: any of them.")
    ] = [],  # noqa: B006 - FastAPI copies it, and nothing changes it.
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
        series_id=series_id,
        statuses=statuses,
        start=start,
        end=end,
    )


@routes.create(
    "/appointments",
    ask=ask_booking,
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, PlanLimit, Invalid, HoldExpired, HoldMismatch, *REFUSALS.values()),
    summary="Book an appointment",
)
def create_appointment(work: Work, body: Booking) -> AppointmentView:
    """Book a slot that `GET /v1/slots` lists; two bookings of one time never both succeed.

    A time that cannot be booked is answered with the rule that refuses it in `rule`, and the next
    free slots in `nextSlots`. A service with `requiresApproval` is only requested by it: the time
    is held until the business confirms, cancels or lets the request expire. `endTime` and `price`
    are those of the service now, and stay so. With `holdId` the time is the one that the hold has
    kept, as it was offered then; a hold is used once.
    """
    return shown(work, book(work, body, work.found))


@routes.read(
    "/appointments",
    allow=Permission.APPOINTMENTS_READ,
    answer=Listing[AppointmentWithParts],
    summary="List appointments",
)
def list_appointments(
    work: Work,
    page: PageQuery,
    wanted: Annotated[AppointmentFilter, Depends(_wanted)],
    sort: Annotated[Sort, Query(description="Backwards with a minus.")] = "startTime",
    include: IncludeQuery = NO_PARTS,
) -> Listing[AppointmentWithParts]:
    """The appointments that the caller may see: their own, or all of the tenant."""
    found = queries.appointments(work, wanted, page, sort=sort, loading=loading(include))
    return shown_page(work, found, include)


@routes.read(
    "/appointments.csv",
    allow=Permission.APPOINTMENTS_READ,
    response_class=CsvFile,
    errors=(TooManyRows,),
    summary="Export appointments as CSV",
)
def export_appointments_as_csv(
    work: Work,
    wanted: Annotated[AppointmentFilter, Depends(_wanted)],
    sort: Annotated[Sort, Query(description="Backwards with a minus.")] = "startTime",
) -> CsvFile:
    """The list's appointments, with its filters and order, as a file for spreadsheets (RFC 4180).

    UTF-8, a first row with names that stay, instants in UTC, and beside them what the clock reads
    at the location. A text that a spreadsheet would take for a formula has a `'` before it.
    Customers are not shown `internalNotes`: for them the column is empty. More than 10,000 rows are
    refused (422 `too_many_rows`): narrow the filters.
    """
    return CsvFile(export_appointments(work, wanted, sort))


@routes.read(
    "/appointments/{appointment_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=AppointmentWithParts,
    errors=(NotFound,),
    summary="Read an appointment",
)
def read_appointment(
    work: Work, appointment_id: UuidId, include: IncludeQuery = NO_PARTS
) -> AppointmentView:
    """One appointment. The answer has an ETag unless something is included, which may change alone."""
    found = queries.appointment(work, appointment_id, loading=loading(include))
    return shown(work, found, include)


@routes.change(
    "/appointments/{appointment_id}",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=AppointmentView,
    errors=(NotFound, VersionConflict),
    summary="Change an appointment's texts",
)
def change_appointment(
    work: Work, appointment_id: UuidId, body: AppointmentChange
) -> AppointmentView:
    """Change title and notes. Its time is changed by rescheduling, its status by the actions."""
    return shown(work, actions.change(work, appointment_id, body))


@routes.read(
    "/appointments/{appointment_id}/calendar.ics",
    allow=Permission.APPOINTMENTS_READ,
    response_class=ICalendar,
    errors=(NotFound,),
    summary="Download an appointment for a calendar",
)
def download_appointment(work: Work, appointment_id: UuidId) -> ICalendar:
    """The entry as it is now, at the time to which the appointment was moved last.

    It has the UID of the mails, so that a calendar replaces what it has; what is cancelled is
    taken away (`METHOD:CANCEL`).
    """
    found = queries.appointment(work, appointment_id, latest=True, loading=NAMES)
    return calendar_file(found, work.tenant)
