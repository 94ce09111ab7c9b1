"""Reading weekly rules and overrides."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import FieldError, Forbidden, Invalid, NotFound
from sloty_shared.models import Provider, ProviderAvailability, ProviderSchedule, ScheduleType
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def provider(
    work: Work, provider_id: UUID, permission: Permission = Permission.SCHEDULES_READ
) -> Provider:
    """The provider, whom the caller has this permission for.

    Raises NotFound, also for one of another tenant, and Forbidden for a colleague's calendar.
    """
    found = work.session.scalar(
        select(Provider).where(Provider.tenant_id == work.tenant.id, Provider.id == provider_id)
    )
    if found is None:
        raise NotFound("There is no such provider.")
    if not may(work, permission, found):
        raise Forbidden(f"This needs the permission {permission} for another provider's calendar.")
    return found


def may(work: Work, permission: Permission, provider: Provider) -> bool:
    """Whether the caller has the permission for every provider, or for this one as their own."""
    reach = work.caller.reach(permission)
    user = work.caller.user
    own = user is not None and user.id == provider.user_id
    return reach is Reach.ALL or (reach is Reach.OWN and own)


def rules(
    work: Work, provider_id: UUID, page: Page, *, day_of_week: int | None, is_active: bool | None
) -> tuple[list[ProviderAvailability], str | None]:
    provider(work, provider_id)
    query = select(ProviderAvailability).where(
        ProviderAvailability.tenant_id == work.tenant.id,
        ProviderAvailability.provider_id == provider_id,
    )
    if day_of_week is not None:
        query = query.where(ProviderAvailability.day_of_week == day_of_week)
    if is_active is not None:
        query = query.where(ProviderAvailability.is_active == is_active)
    return paginate(work.session, query, by=[ProviderAvailability.id], page=page)


def rule(work: Work, provider_id: UUID, rule_id: UUID) -> ProviderAvailability:
    """Raises NotFound or Forbidden."""
    provider(work, provider_id)
    found = work.session.scalar(
        select(ProviderAvailability).where(
            ProviderAvailability.tenant_id == work.tenant.id,
            ProviderAvailability.provider_id == provider_id,
            ProviderAvailability.id == rule_id,
        )
    )
    if found is None:
        raise NotFound("There is no such rule.")
    return found


def overrides(
    work: Work,
    provider_id: UUID,
    page: Page,
    *,
    start: dt.date | None,
    end: dt.date | None,
    kind: ScheduleType | None,
) -> tuple[list[ProviderSchedule], str | None]:
    """Raises Invalid for a period that ends before it starts."""
    if start is not None and end is not None and end < start:
        raise Invalid(errors=[FieldError("query:to", "This lies before `from`")])
    provider(work, provider_id)
    query = select(ProviderSchedule).where(
        ProviderSchedule.tenant_id == work.tenant.id, ProviderSchedule.provider_id == provider_id
    )
    if start is not None:
        query = query.where(ProviderSchedule.date >= start)
    if end is not None:
        query = query.where(ProviderSchedule.date <= end)
    if kind is not None:
        query = query.where(ProviderSchedule.type == kind)
    return paginate(work.session, query, by=[ProviderSchedule.date, ProviderSchedule.id], page=page)


def override(work: Work, provider_id: UUID, override_id: UUID) -> ProviderSchedule:
    """Raises NotFound or Forbidden."""
    provider(work, provider_id)
    found = work.session.scalar(
        select(ProviderSchedule).where(
            ProviderSchedule.tenant_id == work.tenant.id,
            ProviderSchedule.provider_id == provider_id,
            ProviderSchedule.id == override_id,
        )
    )
    if found is None:
        raise NotFound("There is no such override.")
    return found
