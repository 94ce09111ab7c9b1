"""`/v1/providers/{id}/availability` and `/v1/providers/{id}/schedule`."""

from typing import Annotated

from fastapi import Query

from sloty_availability.schedules import actions, queries
from sloty_availability.schedules.schemas import NewOverride, NewRule, OverrideView, RuleView
from sloty_shared.errors import NotFound
from sloty_shared.models import ProviderAvailability, ProviderSchedule
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import LocalDate, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["schedules"], prefix="/v1/providers/{provider_id}")


@routes.create(
    "/availability",
    allow=Permission.SCHEDULES_WRITE,
    answer=RuleView,
    errors=(NotFound,),
    summary="Add a weekly rule",
)
def create_availability(work: Work, provider_id: UuidId, body: NewRule) -> ProviderAvailability:
    """Open the provider every week at this wall-clock time; overlapping rules unite."""
    return actions.create_rule(work, provider_id, body)


@routes.read(
    "/availability",
    allow=Permission.SCHEDULES_READ,
    answer=Listing[RuleView],
    errors=(NotFound,),
    summary="List weekly rules",
)
def list_availability(work: Work, provider_id: UuidId, page: PageQuery) -> Listing[RuleView]:
    """The provider's weekly rules, oldest first."""
    return listing(RuleView, queries.rules(work, provider_id, page))


@routes.read(
    "/availability/{rule_id}",
    allow=Permission.SCHEDULES_READ,
    answer=RuleView,
    errors=(NotFound,),
    summary="Read a weekly rule",
)
def read_availability(work: Work, provider_id: UuidId, rule_id: UuidId) -> ProviderAvailability:
    """One weekly rule."""
    return queries.rule(work, provider_id, rule_id)


@routes.remove(
    "/availability/{rule_id}",
    allow=Permission.SCHEDULES_WRITE,
    errors=(NotFound,),
    summary="Delete a weekly rule",
)
def delete_availability(work: Work, provider_id: UuidId, rule_id: UuidId) -> None:
    """The rule opens nothing any more; appointments stay."""
    actions.delete_rule(work, provider_id, rule_id)


@routes.create(
    "/schedule",
    allow=Permission.SCHEDULES_WRITE,
    answer=OverrideView,
    errors=(NotFound, actions.OverrideExists),
    summary="Add an override",
)
def create_schedule(work: Work, provider_id: UuidId, body: NewOverride) -> ProviderSchedule:
    """AVAILABLE replaces the weekly rules of its date; any other type takes its time away."""
    return actions.create_override(work, provider_id, body)


@routes.read(
    "/schedule",
    allow=Permission.SCHEDULES_READ,
    answer=Listing[OverrideView],
    errors=(NotFound,),
    summary="List overrides",
)
def list_schedule(
    work: Work,
    provider_id: UuidId,
    page: PageQuery,
    start: Annotated[
        LocalDate | None, Query(alias="from", description="The first date, included.")
    ] = None,
    end: Annotated[
        LocalDate | None, Query(alias="to", description="The last date, included.")
    ] = None,
) -> Listing[OverrideView]:
    """The provider's overrides in order of their date."""
    return listing(OverrideView, queries.overrides(work, provider_id, page, start=start, end=end))


@routes.read(
    "/schedule/{override_id}",
    allow=Permission.SCHEDULES_READ,
    answer=OverrideView,
    errors=(NotFound,),
    summary="Read an override",
)
def read_schedule(work: Work, provider_id: UuidId, override_id: UuidId) -> ProviderSchedule:
    """One override."""
    return queries.override(work, provider_id, override_id)


@routes.remove(
    "/schedule/{override_id}",
    allow=Permission.SCHEDULES_WRITE,
    errors=(NotFound,),
    summary="Delete an override",
)
def delete_schedule(work: Work, provider_id: UuidId, override_id: UuidId) -> None:
    """The weekly rules hold again."""
    actions.delete_override(work, provider_id, override_id)
