"""Changing the tenant's own description and settings."""

from sloty_booking.tenants.schemas import TenantChange
from sloty_shared import audit
from sloty_shared.models import Tenant
from sloty_shared.web.work import Work


def change_tenant(work: Work, change: TenantChange) -> Tenant:
    tenant = work.tenant
    before = audit.snapshot(tenant)
    for name, value in change.model_dump(exclude_unset=True, exclude={"settings"}).items():
        setattr(tenant, name, value)
    if change.settings is not None:
        tenant.settings = change.settings.model_dump(by_alias=True, exclude_none=True)
    work.session.flush()
    work.record("tenant.changed", tenant, before=before)
    return tenant
