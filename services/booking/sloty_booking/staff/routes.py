"""`/v1/providers`."""

from typing import Annotated

from fastapi import Query

from sloty_booking.identity.actions import EmailTaken
from sloty_booking.staff import actions, queries
from sloty_booking.staff.schemas import (
    GivenServices,
    GivenServicesView,
    NewProvider,
    ProviderChange,
    ProviderView,
)
from sloty_booking.staff.showing import shown
from sloty_shared.errors import NotFound, PlanLimit, VersionConflict
from sloty_shared.models import Provider
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["providers"])


@routes.create(
    "/providers",
    allow=Permission.PROVIDERS_WRITE,
    answer=ProviderView,
    errors=(NotFound, EmailTaken, actions.AlreadyProvider, PlanLimit),
    summary="Add a provider",
)
def create_provider(work: Work, body: NewProvider) -> ProviderView:
    """Somebody who gives appointments: a user of the tenant, or a new one."""
    return shown(work, actions.create_provider(work, body))


@routes.read(
    "/providers",
    allow=Permission.PROVIDERS_READ,
    answer=Listing[ProviderView],
    summary="List providers",
)
def list_providers(
    work: Work,
    page: PageQuery,
    location_id: Annotated[UuidId | None, Query(alias="locationId")] = None,
    service_id: Annotated[
        UuidId | None, Query(alias="serviceId", description="Who gives this service.")
    ] = None,
    is_active: Annotated[bool | None, Query(alias="isActive")] = None,
    q: Annotated[
        ShortText | None, Query(description="A part of their texts, without case.")
    ] = None,
) -> Listing[ProviderView]:
    """The tenant's providers, oldest first; `q` is part of a name, title, specialty or bio."""
    rows, next_cursor = queries.providers(
        work, page, location_id=location_id, service_id=service_id, is_active=is_active, q=q
    )
    return listing(ProviderView, ([shown(work, row) for row in rows], next_cursor))


@routes.read(
    "/providers/{provider_id}",
    allow=Permission.PROVIDERS_READ,
    answer=ProviderView,
    errors=(NotFound,),
    summary="Read a provider",
)
def read_provider(work: Work, provider_id: UuidId) -> ProviderView:
    """One provider."""
    return shown(work, queries.provider(work, provider_id))


@routes.change(
    "/providers/{provider_id}",
    allow=Permission.PROVIDERS_WRITE,
    answer=ProviderView,
    errors=(NotFound, VersionConflict, PlanLimit),
    summary="Change a provider",
)
def change_provider(work: Work, provider_id: UuidId, body: ProviderChange) -> ProviderView:
    """Change what is named; a provider who is not active has no slots."""
    return shown(work, actions.change_provider(work, provider_id, body))


@routes.remove(
    "/providers/{provider_id}",
    allow=Permission.PROVIDERS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a provider",
)
def delete_provider(work: Work, provider_id: UuidId) -> None:
    """Delete the provider with the calendar and keep the user.

    A provider whom appointments refer to is deactivated instead.
    """
    actions.delete_provider(work, provider_id)


@routes.read(
    "/providers/{provider_id}/services",
    allow=Permission.PROVIDERS_READ,
    answer=GivenServicesView,
    errors=(NotFound,),
    summary="Which services a provider gives",
)
def read_given_services(work: Work, provider_id: UuidId) -> Provider:
    """The services that the provider is limited to; an empty list means every service."""
    return queries.provider(work, provider_id)


@routes.replace(
    "/providers/{provider_id}/services",
    allow=Permission.PROVIDERS_WRITE,
    answer=GivenServicesView,
    errors=(NotFound, VersionConflict),
    summary="Limit a provider's services",
)
def limit_services(work: Work, provider_id: UuidId, body: GivenServices) -> Provider:
    """Say which services the provider gives; an empty list means every service."""
    return actions.limit_services(work, provider_id, body)
