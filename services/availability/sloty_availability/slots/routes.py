"""`/v1/slots`, and the same of a business for the public."""

from typing import Annotated

from fastapi import Depends, Path, Query

from sloty_availability.slots import explanation, queries
from sloty_availability.slots.queries import NoSlot, Wish
from sloty_availability.slots.schemas import Explanation, NextSlot, SlotList
from sloty_shared.errors import Invalid, NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.answer import Tagged
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstant, QueryInstantOrDate, QueryZoneName, UuidId
from sloty_shared.web.work import Glance, Work

routes = Routes(tags=["slots"])


# Asynchronous only so that it runs in place: a plain function would cost a hop to a thread.
async def _wish(
    service_id: Annotated[UuidId, Query(alias="serviceId")],
    provider_id: Annotated[UuidId | None, Query(alias="providerId")] = None,
    location_id: Annotated[UuidId | None, Query(alias="locationId")] = None,
    timezone: Annotated[
        QueryZoneName | None, Query(description="The location's where one is meant, else UTC.")
    ] = None,
) -> Wish:
    return Wish(service_id, provider_id, location_id, timezone)


async def _slug(slug: Annotated[str, Path(description="The business's slug.")]) -> str:
    """Named for the document; the business has been entered by then."""
    return slug


WishQuery = Annotated[Wish, Depends(_wish)]
From = Annotated[
    QueryInstantOrDate, Query(alias="from", description="An instant, or a date in `timezone`.")
]
To = Annotated[
    QueryInstantOrDate,
    Query(alias="to", description="An instant, or a date in `timezone`, included."),
]
After = Annotated[
    QueryInstantOrDate | None,
    Query(description="The slot starts later than this instant, or on this date or a later one."),
]


@routes.glance(
    "/slots",
    ask=queries.ask_slots,
    allow=Permission.SLOTS_READ,
    answer=SlotList,
    errors=(NotFound, Invalid),
    summary="List free slots",
)
def list_slots(glance: Glance, wish: WishQuery, first: From, last: To) -> Tagged:
    """The times at which the service can be booked, of one provider or of all who give it.

    At most 62 days. A slot whose `startTime` lies in `[from, to)` is listed, and may end after
    `to`. `timezone` is the location's where a provider or location is named, else UTC. The ETag
    is of the slots themselves: with `If-None-Match` the answer is 304 until one comes or goes.
    """
    return queries.slots(glance, wish, first, last)


@routes.read(
    "/slots/next",
    allow=Permission.SLOTS_READ,
    answer=NextSlot,
    errors=(NotFound, NoSlot, Invalid),
    summary="Find the next free slot",
)
def find_next_slot(work: Work, wish: WishQuery, after: After = None) -> NextSlot:
    """The first slot, looking as far as the service can be booked: 365 days if it has no limit."""
    return queries.next_slot(work, wish, after)


@routes.read(
    "/slots/explain",
    allow=Permission.SLOTS_READ,
    answer=Explanation,
    errors=(NotFound, Invalid),
    summary="Say why a time is offered or not",
)
def explain_slot(
    work: Work,
    service_id: Annotated[UuidId, Query(alias="serviceId")],
    provider_id: Annotated[UuidId, Query(alias="providerId")],
    start: Annotated[QueryInstant, Query(alias="startTime")],
) -> Explanation:
    """Which rule refuses this start, as a booking would; what is in the way only staff are told."""
    return explanation.explain(work, service_id, provider_id, start)


@routes.glance(
    "/public/{slug}/slots",
    ask=queries.ask_slots,
    public=True,
    dependencies=[Depends(_slug)],
    answer=SlotList,
    errors=(Invalid,),
    summary="List a business's free slots",
)
def list_public_slots(glance: Glance, wish: WishQuery, first: From, last: To) -> Tagged:
    """As `/v1/slots`, with no log-in; a service that is not active is not found."""
    return queries.slots(glance, wish, first, last)


@routes.read(
    "/public/{slug}/slots/next",
    public=True,
    dependencies=[Depends(_slug)],
    answer=NextSlot,
    errors=(NoSlot, Invalid),
    summary="Find a business's next free slot",
)
def find_next_public_slot(work: Work, wish: WishQuery, after: After = None) -> NextSlot:
    """As `/v1/slots/next`, with no log-in; a service that is not active is not found."""
    return queries.next_slot(work, wish, after)
