"""`/v1/public/{slug}/waitlist`: joining a business's waitlist."""

from typing import Annotated

from fastapi import Depends, Path

from sloty_booking.appointments.refusals import Inactive
from sloty_booking.waitlist import actions, queries
from sloty_booking.waitlist.schemas import NewEntry, PublicEntry, PublicWish
from sloty_shared.errors import Invalid
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.work import Work


async def _slug(slug: Annotated[str, Path(description="The business's slug or domain.")]) -> str:
    """For the API's document: the guard has led into the business by it already."""
    return slug


routes = Routes(tags=["public"], prefix="/v1/public/{slug}/waitlist")


@routes.create(
    "",
    public=True,
    answer=PublicEntry,
    location="/v1/public/waitlist/{0.code}",
    limit=COSTLY,
    errors=(Invalid, Inactive, actions.AlreadyWaiting),
    dependencies=[Depends(_slug)],
    summary="Join a business's waitlist",
)
def create_public_entry(work: Work, body: PublicWish) -> PublicEntry:
    """Wait for a time of a service; when one comes free, the first in line is offered it by mail.

    The code of the entry leads to it without a log-in.
    """
    joined = actions.join(work, NewEntry.model_construct(**dict(body)))
    return queries.public_entry(work, joined.code)
