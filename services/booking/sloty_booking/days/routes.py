"""`/v1/providers/{id}/cancel-day`."""

from sloty_booking.days.actions import cancel_day
from sloty_booking.days.schemas import DayCancellation, DayCancelled
from sloty_booking.series.reports import told_of_cancelling
from sloty_shared.errors import NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["providers"])


@routes.act(
    "/providers/{provider_id}/cancel-day",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=DayCancelled,
    errors=(NotFound,),
    summary="Cancel a provider's day",
)
def cancel_day_of_provider(work: Work, provider_id: UuidId, body: DayCancellation) -> DayCancelled:
    """Cancel every appointment that starts on this date at the provider's location.

    What cannot be cancelled any more, because it is under way, stays and is named in the answer.
    Each customer gets one message about all of theirs, and so does each participant. The day itself
    stays open: to close it, add a block to the schedule first. Repeated, it finds nothing left.
    """
    zone, done = cancel_day(work, provider_id, body.date, body.reason)
    return DayCancelled(
        provider_id=provider_id,
        date=body.date,
        timezone=zone,
        cancellations=told_of_cancelling(done),
    )
