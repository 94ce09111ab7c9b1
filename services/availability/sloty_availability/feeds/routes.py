"""`/v1/providers/{id}/calendar/feed`, and the feed itself."""

from fastapi import Response
from limits import RateLimitItemPerMinute

from sloty_availability.feeds import actions, queries
from sloty_availability.feeds.schemas import FeedView
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.permissions import Permission
from sloty_shared.web.answer import Tagged
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["calendar"])


class ICalendar(Response):
    media_type = "text/calendar"


@routes.create(
    "/providers/{provider_id}/calendar/feed",
    allow=Permission.SCHEDULES_WRITE,
    answer=FeedView,
    errors=(NotFound,),
    summary="Give a provider's calendar a secret address",
)
def open_feed(work: Work, provider_id: UuidId) -> Response:
    """Make the address, or another one in its place: then the old one ends at once.

    It is shown this once. Whoever has it reads the provider's appointments without a log-in.
    """
    opened = actions.open_feed(work, provider_id)
    path = f"/v1/calendars/{opened.secret}.ics"
    view = FeedView(provider_id=opened.provider_id, url=f"{queries.public_base(work)}{path}")
    return Response(
        view.model_dump_json(),
        status_code=201,
        headers={"Location": path},
        media_type="application/json",
    )


@routes.remove(
    "/providers/{provider_id}/calendar/feed",
    allow=Permission.SCHEDULES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Revoke a provider's calendar feed",
)
def close_feed(work: Work, provider_id: UuidId) -> None:
    """The secret address leads nowhere any more."""
    actions.close_feed(work, provider_id)


@routes.read(
    "/calendars/{secret}.ics",
    public=True,
    response_class=ICalendar,
    errors=(NotFound,),
    limit=RateLimitItemPerMinute(600),
    summary="Read a calendar feed",
)
def read_feed(work: Work, secret: str) -> Tagged:
    """The provider's appointments of the last 30 and the next 180 days, 5000 at most.

    Each entry shows the service, the place and the customer's name, and keeps its UID when the
    appointment is moved. What is cancelled is no longer in it.
    """
    return Tagged.of(queries.feed(work, secret), ICalendar.media_type)
