"""Reading API keys."""

from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import NotFound
from sloty_shared.models import ApiKey
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def api_keys(work: Work, page: Page) -> tuple[list[ApiKey], str | None]:
    query = select(ApiKey).where(ApiKey.tenant_id == work.tenant.id)
    return paginate(work.session, query, by=[ApiKey.id], page=page)


def api_key(work: Work, key_id: UUID, *, to_change: bool = False) -> ApiKey:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(ApiKey).where(ApiKey.tenant_id == work.tenant.id, ApiKey.id == key_id)
    if to_change:
        # A key that revokes itself has been read already.
        query = query.with_for_update().execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such API key.")
    return found
