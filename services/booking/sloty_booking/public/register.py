"""`/v1/public/{slug}/register`."""

from typing import Annotated

from fastapi import Depends, Path

from sloty_booking.identity import actions, credentials
from sloty_booking.identity.credentials import Chosen
from sloty_booking.identity.schemas import LoggedIn, Registration
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.work import Work

routes = Routes(tags=["public"], prefix="/v1/public/{slug}")


async def _slug(slug: Annotated[str, Path(description="The business's slug or domain.")]) -> str:
    """For the API's document: the guard has led into the business by it already."""
    return slug


async def _registering(body: Registration) -> Chosen[Registration]:
    return await credentials.choose(body)


@routes.create(
    "/register",
    public=True,
    answer=LoggedIn,
    location="/v1/me",
    limit=COSTLY,
    errors=(actions.EmailTaken,),
    dependencies=[Depends(_slug)],
    summary="Register with a business",
)
def register(
    work: Work, chosen: Annotated[Chosen[Registration], Depends(_registering)]
) -> actions.NewSession:
    """Become a USER of the business, who books for themselves once the e-mail is verified.

    The token works at once.
    """
    return actions.register(work, chosen.request, chosen.password_hash)
