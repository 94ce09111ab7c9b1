"""`/v1/tenants`: every business, for the platform's own administrators."""

from typing import Annotated

from fastapi import Query

from sloty_booking.platform import actions, queries
from sloty_booking.platform.schemas import Standing
from sloty_booking.tenants.schemas import TenantView
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import SubscriptionStatus, SubscriptionTier, Tenant, TenantStatus
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["platform"])


@routes.read(
    "/tenants",
    allow=Permission.PLATFORM_READ,
    answer=Listing[TenantView],
    summary="List businesses",
)
def list_tenants(
    work: Work,
    page: PageQuery,
    status: TenantStatus | None = None,
    tier: Annotated[SubscriptionTier | None, Query(alias="subscriptionTier")] = None,
    subscription: Annotated[SubscriptionStatus | None, Query(alias="subscriptionStatus")] = None,
    q: ShortText | None = None,
) -> Listing[TenantView]:
    """Every business, oldest first; `q` is looked for in names and slugs."""
    found = queries.tenants(work, page, status=status, tier=tier, subscription=subscription, q=q)
    return listing(TenantView, found)


@routes.read(
    "/tenants/{tenant_id}",
    allow=Permission.PLATFORM_READ,
    answer=TenantView,
    errors=(NotFound,),
    summary="Read a business",
)
def read_tenant_of_platform(work: Work, tenant_id: UuidId) -> Tenant:
    """One business. To act inside of it, send its slug in the header `Sloty-Tenant`."""
    return queries.tenant(work, tenant_id)


@routes.change(
    "/tenants/{tenant_id}",
    allow=Permission.PLATFORM_WRITE,
    answer=TenantView,
    errors=(NotFound, VersionConflict),
    summary="Change a business's standing",
)
def change_standing(work: Work, tenant_id: UuidId, body: Standing) -> Tenant:
    """Suspend or restore a business, or change its subscription."""
    return actions.change_standing(work, tenant_id, body)
