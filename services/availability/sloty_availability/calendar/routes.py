"""`/v1/providers/{id}/calendar`."""

from typing import Annotated

from fastapi import Query

from sloty_availability.calendar import queries
from sloty_availability.calendar.schemas import CalendarView
from sloty_shared.errors import Invalid, NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstantOrDate, QueryZoneName, UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["calendar"], prefix="/v1/providers/{provider_id}")


@routes.read(
    "/calendar",
    allow=Permission.SCHEDULES_READ,
    answer=CalendarView,
    errors=(NotFound, Invalid),
    summary="Read a provider's calendar",
)
def read_calendar(
    work: Work,
    provider_id: UuidId,
    start: Annotated[
        QueryInstantOrDate,
        Query(alias="from", description="An instant, or a date in `timezone`."),
    ],
    end: Annotated[
        QueryInstantOrDate,
        Query(alias="to", description="An instant, or a date in `timezone`, included."),
    ],
    timezone: Annotated[
        QueryZoneName | None, Query(description="The location's if left out.")
    ] = None,
) -> CalendarView:
    """What is open, blocked and booked in at most 62 days.

    Booked are the appointments that touch the period, those that were completed or missed too,
    but none that was cancelled or moved away.
    """
    return queries.calendar(work, provider_id, start, end, timezone)
