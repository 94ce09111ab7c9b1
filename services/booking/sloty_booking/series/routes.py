"""`/v1/appointments/series`: appointments that recur by one rule."""

from typing import Annotated

from fastapi import Depends, Query

from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.series import queries
from sloty_booking.series.actions import book_series, cancel_series
from sloty_booking.series.move import NothingToMove, reschedule_series
from sloty_booking.series.queries import SeriesFilter
from sloty_booking.series.reports import SeriesConflict, SeriesNotBookable, told_of_cancelling
from sloty_booking.series.schemas import (
    SeriesBooked,
    SeriesBooking,
    SeriesCancellation,
    SeriesCancelled,
    SeriesMove,
    SeriesMoved,
    SeriesView,
)
from sloty_shared.errors import Invalid, NotFound, PlanLimit
from sloty_shared.models import AppointmentSeries
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["series"], prefix="/v1/appointments/series")


async def _wanted(
    customer_id: Annotated[UuidId | None, Query(alias="customerId")] = None,
    service_id: Annotated[UuidId | None, Query(alias="serviceId")] = None,
) -> SeriesFilter:
    return SeriesFilter(customer_id, service_id)


@routes.create(
    "",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=SeriesBooked,
    errors=(NotFound, PlanLimit, Invalid, *REFUSALS.values(), SeriesConflict, SeriesNotBookable),
    summary="Book a series",
)
def create_series(work: Work, body: SeriesBooking) -> SeriesBooked:
    """Book one appointment for each occurrence of an RFC 5545 rule, all of them or none.

    The wall time of `startTime` at the provider's location is kept over clock changes. Of an hour
    that the clock repeats the first is meant; one that it skips is not open, so that occurrence is
    refused (`outside_availability`, `startTime` null). `startTime` must be a time of the rule.

    Each occurrence is held to the same rules as a booking; without `providerId` each gets a free
    provider. With `onConflict` `reject` nothing is booked if any is refused, and the problem lists
    these in `occurrences` (409 `series_conflict` where a time is taken, else 422
    `series_not_bookable`); with `skip` the others are booked, and the same problem answers only if
    all are refused. The plan counts each appointment.

    One mail tells the customer of all, with the dates and codes of each and a calendar file of
    them; each is reminded by itself, and webhooks are told of each.
    """
    series, done = book_series(work, body)
    occurrences = [each.told() for each in done]
    return SeriesBooked.model_validate(_values(series) | {"occurrences": occurrences})


@routes.read(
    "",
    allow=Permission.APPOINTMENTS_READ,
    answer=Listing[SeriesView],
    summary="List series",
)
def list_series(
    work: Work, page: PageQuery, wanted: Annotated[SeriesFilter, Depends(_wanted)]
) -> Listing[SeriesView]:
    """In the order of booking: those of which the caller may see an appointment."""
    return listing(SeriesView, queries.all_series(work, wanted, page))


@routes.read(
    "/{series_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=SeriesView,
    errors=(NotFound,),
    summary="Read a series",
)
def read_series(work: Work, series_id: UuidId) -> AppointmentSeries:
    """The series as it was booked; `GET /v1/appointments?seriesId=` lists its appointments."""
    return queries.series(work, series_id)


@routes.act(
    "/{series_id}/cancel",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=SeriesCancelled,
    errors=(NotFound,),
    summary="Cancel a series or the rest of it",
)
def cancel_appointments_of_series(
    work: Work, series_id: UuidId, body: SeriesCancellation | None = None
) -> SeriesCancelled:
    """Cancel what still stands, from the start of `from` on, each by the rules of one alone.

    What cannot be cancelled stays and is named in the answer (`invalid_transition` once it is under
    way, `too_late` for customers). One message tells of all. Repeated, it finds nothing left.
    """
    since, reason = (body.since, body.reason) if body else (None, None)
    series, done = cancel_series(work, series_id, since=since, reason=reason)
    told = {"cancellations": told_of_cancelling(done)}
    return SeriesCancelled.model_validate(_values(series) | told)


@routes.create(
    "/{series_id}/reschedule",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=SeriesMoved,
    location="/v1/appointments/series/{0.id}",
    errors=(NotFound, Invalid, NothingToMove, SeriesConflict, SeriesNotBookable),
    summary="Move a series or the rest of it",
)
def reschedule_appointments_of_series(
    work: Work, series_id: UuidId, body: SeriesMove
) -> SeriesMoved:
    """Move what still stands, from the start of `from` on: the first to `startTime`, the others by
    as much wall time.

    Each is moved as if alone, and its new appointment stays in the series; none of their old times
    stands in the way of another's new one. With `onConflict` `reject` nothing is moved if any is
    refused, and the problem lists these; with `skip` these stay where they are. One message tells
    of all that were moved.
    """
    series, done = reschedule_series(work, series_id, body)
    return SeriesMoved.model_validate(_values(series) | {"moves": [each.told() for each in done]})


def _values(series: AppointmentSeries) -> dict[str, object]:
    return {name: getattr(series, name) for name in SeriesView.model_fields}
