"""`/v1/providers/{id}/availability` and `/v1/providers/{id}/schedule`."""

from typing import Annotated

from fastapi import Query

from sloty_availability.schedules import actions, queries
from sloty_availability.schedules.schemas import (
    NewOverride,
    NewRule,
    OverrideChange,
    OverrideView,
    RuleChange,
    RuleView,
    Week,
)
from sloty_shared.errors import Invalid, NotFound, SubscriptionRequired, VersionConflict
from sloty_shared.models import ProviderAvailability, ProviderSchedule, ScheduleType
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
    errors=(NotFound, Invalid, actions.TooMany),
    summary="Add a weekly rule",
)
def create_availability(work: Work, provider_id: UuidId, body: NewRule) -> ProviderAvailability:
    """Open the provider every week at this wall-clock time; overlapping rules unite.

    A provider has at most 500 rules.
    """
    return actions.create_rule(work, provider_id, body)


@routes.read(
    "/availability",
    allow=Permission.SCHEDULES_READ,
    answer=Listing[RuleView],
    errors=(NotFound, Invalid),
    summary="List weekly rules",
)
def list_availability(
    work: Work,
    provider_id: UuidId,
    page: PageQuery,
    day_of_week: Annotated[
        int | None, Query(alias="dayOfWeek", ge=0, le=6, description="0 is Sunday.")
    ] = None,
    is_active: Annotated[bool | None, Query(alias="isActive")] = None,
) -> Listing[RuleView]:
    """The provider's weekly rules, oldest first."""
    found = queries.rules(work, provider_id, page, day_of_week=day_of_week, is_active=is_active)
    return listing(RuleView, found)


@routes.replace(
    "/availability",
    allow=Permission.SCHEDULES_WRITE,
    answer=Listing[RuleView],
    errors=(NotFound, Invalid, SubscriptionRequired),
    summary="Replace the whole week",
)
def replace_availability(work: Work, provider_id: UuidId, body: Week) -> Listing[RuleView]:
    """Put these rules, at most 500, in the place of all that the provider has.

    It happens at once or not at all, and of two replacements at the same time one stays whole.
    The answer lists the new rules on one page.
    """
    return listing(RuleView, (actions.replace_week(work, provider_id, body), None))


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


@routes.change(
    "/availability/{rule_id}",
    allow=Permission.SCHEDULES_WRITE,
    answer=RuleView,
    errors=(NotFound, VersionConflict, Invalid),
    summary="Change a weekly rule",
)
def change_availability(
    work: Work, provider_id: UuidId, rule_id: UuidId, body: RuleChange
) -> ProviderAvailability:
    """Change what is named; what comes of it must be a rule that could be added."""
    return actions.change_rule(work, provider_id, rule_id, body)


@routes.remove(
    "/availability/{rule_id}",
    allow=Permission.SCHEDULES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a weekly rule",
)
def delete_availability(work: Work, provider_id: UuidId, rule_id: UuidId) -> None:
    """The rule opens nothing any more; appointments stay."""
    actions.delete_rule(work, provider_id, rule_id)


@routes.create(
    "/schedule",
    allow=Permission.SCHEDULES_WRITE,
    answer=OverrideView,
    errors=(NotFound, actions.OverrideExists, Invalid, actions.TooMany),
    summary="Add an override",
)
def create_schedule(work: Work, provider_id: UuidId, body: NewOverride) -> ProviderSchedule:
    """AVAILABLE replaces the weekly rules of its date; any other type takes its time away.

    A provider has at most 2000 overrides, and one for each date and time.
    """
    return actions.create_override(work, provider_id, body)


@routes.read(
    "/schedule",
    allow=Permission.SCHEDULES_READ,
    answer=Listing[OverrideView],
    errors=(NotFound, Invalid),
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
    kind: Annotated[ScheduleType | None, Query(alias="type")] = None,
) -> Listing[OverrideView]:
    """The provider's overrides in order of their date."""
    found = queries.overrides(work, provider_id, page, start=start, end=end, kind=kind)
    return listing(OverrideView, found)


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


@routes.change(
    "/schedule/{override_id}",
    allow=Permission.SCHEDULES_WRITE,
    answer=OverrideView,
    errors=(NotFound, VersionConflict, actions.OverrideExists, Invalid),
    summary="Change an override",
)
def change_schedule(
    work: Work, provider_id: UuidId, override_id: UuidId, body: OverrideChange
) -> ProviderSchedule:
    """Change what is named; what comes of it must be an override that could be added."""
    return actions.change_override(work, provider_id, override_id, body)


@routes.remove(
    "/schedule/{override_id}",
    allow=Permission.SCHEDULES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete an override",
)
def delete_schedule(work: Work, provider_id: UuidId, override_id: UuidId) -> None:
    """The weekly rules hold again."""
    actions.delete_override(work, provider_id, override_id)
