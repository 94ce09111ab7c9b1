"""`/v1/waitlist`: who waits for what, for the business."""

from typing import Annotated

from fastapi import Depends, Query

from sloty_booking.appointments.refusals import Inactive
from sloty_booking.waitlist import actions, queries
from sloty_booking.waitlist.queries import EntryFilter
from sloty_booking.waitlist.schemas import EntryView, NewEntry
from sloty_shared.errors import Invalid, NotFound, VersionConflict
from sloty_shared.models import WaitlistEntry, WaitlistStatus, WaitlistTransition
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["waitlist"])


async def _wanted(
    service_id: Annotated[UuidId | None, Query(alias="serviceId")] = None,
    provider_id: Annotated[UuidId | None, Query(alias="providerId")] = None,
    customer_id: Annotated[UuidId | None, Query(alias="customerId")] = None,
    status: WaitlistStatus | None = None,
) -> EntryFilter:
    return EntryFilter(service_id, provider_id, customer_id, status)


@routes.create(
    "/waitlist",
    allow=Permission.WAITLIST_WRITE,
    answer=EntryView,
    errors=(NotFound, Invalid, Inactive, actions.AlreadyWaiting),
    summary="Put a customer on the waitlist",
)
def create_entry(work: Work, body: NewEntry) -> WaitlistEntry:
    """When a time that matches the wish comes free, the first in line is offered it by mail.

    The time is held for them for the tenant's `waitlistOfferMinutes`, then it goes to the next.
    Whoever has left three offers unanswered waits no more.
    """
    return actions.join(work, body)


@routes.read(
    "/waitlist",
    allow=Permission.WAITLIST_READ,
    answer=Listing[EntryView],
    summary="List the waitlist",
)
def list_entries(
    work: Work, page: PageQuery, wanted: Annotated[EntryFilter, Depends(_wanted)]
) -> Listing[EntryView]:
    """All entries, in the order of joining; `status=WAITING` is the line as it stands."""
    return listing(EntryView, queries.entries(work, wanted, page))


@routes.read(
    "/waitlist/{entry_id}",
    allow=Permission.WAITLIST_READ,
    answer=EntryView,
    errors=(NotFound,),
    summary="Read a waitlist entry",
)
def read_entry(work: Work, entry_id: UuidId) -> WaitlistEntry:
    """One entry, and what it is offered."""
    return queries.entry(work, entry_id)


@routes.remove(
    "/waitlist/{entry_id}",
    allow=Permission.WAITLIST_WRITE,
    errors=(NotFound, VersionConflict, WaitlistTransition),
    summary="Take a customer off the waitlist",
)
def cancel_entry(work: Work, entry_id: UuidId) -> None:
    """It becomes CANCELLED; what it was offered goes to the next in line."""
    actions.cancel(work, entry_id)
