"""Suspending businesses, and changing what they subscribe to."""

from uuid import UUID

from sloty_booking.platform import queries
from sloty_booking.platform.schemas import Standing
from sloty_shared import audit
from sloty_shared.database import enter_tenant
from sloty_shared.models import Tenant
from sloty_shared.web.work import Work


def change_standing(work: Work, tenant_id: UUID, change: Standing) -> Tenant:
    """Audited inside of that tenant. Raises NotFound or VersionConflict."""
    tenant = queries.tenant(work, tenant_id, to_change=True)
    work.check_version(tenant)
    before = audit.snapshot(tenant)
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(tenant, name, value)
    work.session.flush()
    enter_tenant(work.session, tenant.id)
    work.record("tenant.standing_changed", tenant, before=before)
    work.session.flush()
    enter_tenant(work.session, work.tenant.id)
    return tenant
