"""`/v1/providers/{id}/schedule/holidays`."""

from fastapi import Response

from sloty_availability.holidays import actions
from sloty_availability.holidays.schemas import HolidaysAdded, HolidayYear
from sloty_availability.schedules.actions import OverrideExists, TooMany
from sloty_shared.errors import Invalid, NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import UuidId
from sloty_shared.web.work import Work

routes = Routes(tags=["schedules"], prefix="/v1/providers/{provider_id}")


@routes.create(
    "/schedule/holidays",
    allow=Permission.SCHEDULES_WRITE,
    answer=HolidaysAdded,
    errors=(NotFound, OverrideExists, Invalid, TooMany),
    summary="Close on public holidays",
)
def add_holidays(work: Work, provider_id: UuidId, body: HolidayYear) -> Response:
    """Add a HOLIDAY override for each public holiday of the year, named as the country names it.

    Asked again it adds nothing: a date that has an override for all of it is skipped.
    """
    added = actions.add_holidays(work, provider_id, body)
    overrides = f"/v1/providers/{provider_id}/schedule?type=HOLIDAY"
    period = f"from={body.year}-01-01&to={body.year}-12-31"
    return Response(
        added.model_dump_json(),
        status_code=201,
        headers={"Location": f"{overrides}&{period}"},
        media_type="application/json",
    )
