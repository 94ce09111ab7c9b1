"""Reading providers."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from sloty_shared.errors import NotFound
from sloty_shared.models import Provider
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def providers(
    work: Work, page: Page, *, location_id: UUID | None, is_active: bool | None
) -> tuple[list[Provider], str | None]:
    query = _own(work)
    if location_id is not None:
        query = query.where(Provider.location_id == location_id)
    if is_active is not None:
        query = query.where(Provider.is_active == is_active)
    return paginate(work.session, query, by=[Provider.id], page=page)


def provider(work: Work, provider_id: UUID, *, to_change: bool = False) -> Provider:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = _own(work).where(Provider.id == provider_id)
    if to_change:
        query = query.with_for_update(of=Provider, key_share=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def _own(work: Work) -> Select[Provider]:
    return (
        select(Provider)
        .where(Provider.tenant_id == work.caller.tenant.id)
        .options(joinedload(Provider.user))
    )
