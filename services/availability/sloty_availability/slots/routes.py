"""`/v1/slots`."""

from typing import Annotated

from fastapi import Query

from sloty_availability.slots import queries
from sloty_availability.slots.schemas import SlotList
from sloty_shared.errors import Invalid, NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstantOrDate, UuidId, ZoneName
from sloty_shared.web.work import Work

routes = Routes(tags=["slots"])


@routes.read(
    "/slots",
    allow=Permission.SLOTS_READ,
    answer=SlotList,
    errors=(NotFound, Invalid),
    summary="List free slots",
)
def list_slots(
    work: Work,
    service_id: Annotated[UuidId, Query(alias="serviceId")],
    start: Annotated[
        QueryInstantOrDate,
        Query(alias="from", description="An instant, or a date in `timezone`."),
    ],
    end: Annotated[
        QueryInstantOrDate,
        Query(alias="to", description="An instant, or a date in `timezone`, included."),
    ],
    provider_id: Annotated[UuidId | None, Query(alias="providerId")] = None,
    location_id: Annotated[UuidId | None, Query(alias="locationId")] = None,
    timezone: ZoneName | None = None,
) -> SlotList:
    """The times at which the service can be booked, of one provider or of all who give it.

    At most 62 days. A slot whose `startTime` lies in `[from, to)` is listed, and may end after
    `to`. `timezone` is the location's where a provider or location is named, else UTC.
    """
    return queries.slots(
        work,
        queries.SlotQuery(
            service_id=service_id,
            first=start,
            last=end,
            provider_id=provider_id,
            location_id=location_id,
            timezone=timezone,
        ),
    )
