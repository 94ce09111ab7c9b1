"""Changing the tenant's own description and settings."""

from sqlalchemy import select

from sloty_booking.notifications.actions import plan_anew
from sloty_booking.tenants.schemas import TenantChange
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import Tenant
from sloty_shared.web.work import Work


class DomainTaken(Conflict):
    """Another business has this domain."""

    code = "domain_taken"
    title = "Domain taken"


def change_tenant(work: Work, change: TenantChange) -> Tenant:
    """Raises VersionConflict or DomainTaken."""
    tenant = work.session.scalars(
        select(Tenant)
        .where(Tenant.id == work.tenant.id)
        .with_for_update(key_share=True)
        # It was read when the caller was identified, maybe before another change of it.
        .execution_options(populate_existing=True)
    ).one()
    work.check_version(tenant)
    before = audit.snapshot(tenant)
    for name, value in change.model_dump(exclude_unset=True, exclude={"settings"}).items():
        setattr(tenant, name, value or None)
    if change.settings is not None:
        tenant.settings = change.settings.model_dump(by_alias=True, exclude_none=True)
    with translating({"uq_tenants_domain": DomainTaken}):
        work.session.flush()
    work.record("tenant.changed", tenant, before=before)
    if before["settings"].get("quietHours") != tenant.settings.get("quietHours"):
        plan_anew(work)
    return tenant
