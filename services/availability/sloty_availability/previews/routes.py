"""`/v1/providers/{id}/availability/preview`."""

from sloty_availability.previews import queries
from sloty_availability.previews.schemas import ChangedHours, Preview
from sloty_shared.errors import Invalid, NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["schedules"], prefix="/v1/providers/{provider_id}")


@routes.act(
    "/availability/preview",
    allow=Permission.SCHEDULES_READ,
    answer=Preview,
    errors=(NotFound, Invalid),
    summary="Try changed hours on standing appointments",
)
def preview_availability(
    work: Work, provider_id: UuidId, body: ChangedHours | None = None
) -> Preview:
    """Which future appointments a changed week or override would leave outside of open time.

    The next 1000 that are SCHEDULED or CONFIRMED are looked at. Nothing is saved, and saving
    the change would cancel none of them.
    """
    return queries.preview(work, provider_id, body or ChangedHours.model_validate({}))
