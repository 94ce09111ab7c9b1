"""Reading businesses from outside of them, for the platform's own administrators alone."""

from uuid import UUID

from sqlalchemy import or_, select, text

from sloty_shared.errors import NotFound
from sloty_shared.models import (
    PLATFORM_SLUG,
    SubscriptionStatus,
    SubscriptionTier,
    Tenant,
    TenantStatus,
)
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

# Opens the policy on tenants, and no other, until the transaction ends.
_SEE_ALL_TENANTS = text("SELECT set_config('app.platform', 'on', true)")


def tenants(
    work: Work,
    page: Page,
    *,
    status: TenantStatus | None,
    tier: SubscriptionTier | None,
    subscription: SubscriptionStatus | None,
    q: str | None,
) -> tuple[list[Tenant], str | None]:
    query = select(Tenant).where(Tenant.slug != PLATFORM_SLUG)
    wanted = {
        Tenant.status: status,
        Tenant.subscription_tier: tier,
        Tenant.subscription_status: subscription,
    }
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if q is not None:
        query = query.where(
            or_(
                Tenant.name.icontains(q, autoescape=True), Tenant.slug.icontains(q, autoescape=True)
            )
        )
    work.session.execute(_SEE_ALL_TENANTS)
    return paginate(work.session, query, by=[Tenant.id], page=page)


def tenant(work: Work, tenant_id: UUID, *, to_change: bool = False) -> Tenant:
    """Raises NotFound. `to_change` locks the row."""
    query = select(Tenant).where(Tenant.slug != PLATFORM_SLUG, Tenant.id == tenant_id)
    if to_change:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    work.session.execute(_SEE_ALL_TENANTS)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such business.")
    return found
