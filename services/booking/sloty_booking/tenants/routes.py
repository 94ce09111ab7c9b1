"""`/v1/tenant`: the caller's own."""

from sloty_booking.tenants import actions
from sloty_booking.tenants.schemas import TenantChange, TenantView
from sloty_shared.errors import VersionConflict
from sloty_shared.models import Tenant
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

routes = Routes(tags=["tenant"])


@routes.read("/tenant", allow=Permission.TENANT_READ, answer=TenantView, summary="Your business")
def read_tenant(work: Work) -> Tenant:
    """The tenant that the caller belongs to."""
    return work.tenant


@routes.change(
    "/tenant",
    allow=Permission.TENANT_WRITE,
    answer=TenantView,
    errors=(VersionConflict, actions.DomainTaken),
    summary="Change your business",
)
def change_tenant(work: Work, body: TenantChange) -> Tenant:
    """Change what is named; `settings` are replaced as a whole."""
    return actions.change_tenant(work, body)
