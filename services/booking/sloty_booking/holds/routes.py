"""`/v1/holds`: keeping an offered slot while its booking is filled in."""

from sloty_booking.appointments.refusals import REFUSALS
from sloty_booking.holds import actions, queries
from sloty_booking.holds.schemas import HoldView, NewHold
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["holds"])


@routes.create(
    "/holds",
    allow=Permission.APPOINTMENTS_WRITE,
    answer=HoldView,
    errors=(NotFound, actions.TooManyHolds, *REFUSALS.values()),
    summary="Hold a slot",
)
def create_hold(work: Work, body: NewHold) -> HoldView:
    """Keep a slot that `GET /v1/slots` lists for the tenant's `holdMinutes`.

    Until `expiresAt` nobody else can book or hold the time; booking with its id as `holdId` uses
    it. What refuses a booking refuses a hold. Customers have 5 at once at the most.
    """
    return actions.hold(work, body)


@routes.read(
    "/holds/{hold_id}",
    allow=Permission.APPOINTMENTS_READ,
    answer=HoldView,
    errors=(NotFound,),
    summary="Read a hold",
)
def read_hold(work: Work, hold_id: UuidId) -> HoldView:
    """A hold that has not ended: one's own, of one's own calendar, or any of the tenant for staff."""
    return queries.hold(work, hold_id)


@routes.remove(
    "/holds/{hold_id}",
    allow=Permission.APPOINTMENTS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Give a hold back",
)
def release_hold(work: Work, hold_id: UuidId) -> None:
    """Its time is free again at once."""
    actions.release(work, hold_id)
