"""Reading weekly rules and overrides."""

import datetime as dt
from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import Forbidden, NotFound
from sloty_shared.models import Provider, ProviderAvailability, ProviderSchedule
from sloty_shared.permissions import Permission, Reach
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def provider(work: Work, provider_id: UUID) -> Provider:
    """Raises NotFound, also for one of another tenant, and Forbidden for a colleague's calendar."""
    found = work.session.scalar(
        select(Provider).where(Provider.tenant_id == work.tenant.id, Provider.id == provider_id)
    )
    if found is None:
        raise NotFound("There is no such provider.")
    only_own = work.caller.reach(Permission.SCHEDULES_READ) is not Reach.ALL
    if only_own and found.user_id != work.caller.person.id:
        raise Forbidden("This is the calendar of another provider.")
    return found


def rules(
    work: Work, provider_id: UUID, page: Page
) -> tuple[list[ProviderAvailability], str | None]:
    provider(work, provider_id)
    query = select(ProviderAvailability).where(ProviderAvailability.provider_id == provider_id)
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
    work: Work, provider_id: UUID, page: Page, *, start: dt.date | None, end: dt.date | None
) -> tuple[list[ProviderSchedule], str | None]:
    provider(work, provider_id)
    query = select(ProviderSchedule).where(ProviderSchedule.provider_id == provider_id)
    if start is not None:
        query = query.where(ProviderSchedule.date >= start)
    if end is not None:
        query = query.where(ProviderSchedule.date <= end)
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
