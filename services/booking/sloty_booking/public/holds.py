"""`/v1/public/{slug}/holds`: keeping a slot on a business's page with no log-in."""

from typing import Annotated

from fastapi import Depends, Path
from limits import RateLimitItemPerMinute

from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.holds import actions, queries
from sloty_booking.holds.schemas import HoldView, NewHold
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.work import Work

# An id has 74 random bits and lives for minutes.
READ = RateLimitItemPerMinute(60)


async def _slug(slug: Annotated[str, Path(description="The business's slug or domain.")]) -> str:
    """For the API's document: the guard has led into the business by it already."""
    return slug


routes = Routes(tags=["public"], prefix="/v1/public/{slug}/holds")


@routes.create(
    "",
    public=True,
    answer=HoldView,
    limit=COSTLY,
    errors=(actions.TooManyHolds, *REFUSALS.values()),
    dependencies=[Depends(_slug)],
    summary="Hold a slot of a business",
)
def create_public_hold(work: Work, body: NewHold) -> HoldView:
    """Keep an offered slot for some minutes, while the customer fills in the booking.

    Only whoever has its id can book with it, as `holdId`, or give it back. One address has 5 at
    once at the most.
    """
    return actions.hold(work, body)


@routes.read(
    "/{hold_id}",
    public=True,
    answer=HoldView,
    limit=READ,
    dependencies=[Depends(_slug)],
    summary="Read a hold by its id",
)
def read_public_hold(work: Work, hold_id: UuidId) -> HoldView:
    """A hold that was made with no log-in and has not ended."""
    return queries.hold(work, hold_id)


@routes.remove(
    "/{hold_id}",
    public=True,
    limit=READ,
    errors=(NotFound, VersionConflict),
    dependencies=[Depends(_slug)],
    summary="Give a hold back by its id",
)
def release_public_hold(work: Work, hold_id: UuidId) -> None:
    """Its time is free again at once."""
    actions.release(work, hold_id)
