"""Reading providers."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from sloty_shared.errors import NotFound
from sloty_shared.models import Provider, ProviderService, Service, User
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def providers(
    work: Work,
    page: Page,
    *,
    location_id: UUID | None,
    service_id: UUID | None,
    is_active: bool | None,
    q: str | None,
) -> tuple[list[Provider], str | None]:
    """Narrowed to a location, to who gives a service, to a flag, and to a part `q` of texts."""
    query = _own(work)
    if location_id is not None:
        query = query.where(Provider.location_id == location_id)
    if service_id is not None:
        query = query.where(gives(work, service_id))
    if is_active is not None:
        query = query.where(Provider.is_active == is_active)
    if q is not None:
        query = query.where(_speaks_of(q))
    return paginate(work.session, query, by=[Provider.id], page=page)


def provider(work: Work, provider_id: UUID, *, to_change: bool = False) -> Provider:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = _own(work).where(Provider.id == provider_id)
    if to_change:
        query = query.with_for_update(key_share=True, of=Provider)
    # What the provider gives may have been changed since it was read.
    found = work.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def _own(work: Work) -> Select[Provider]:
    return (
        select(Provider)
        .where(Provider.tenant_id == work.tenant.id)
        .options(joinedload(Provider.user), selectinload(Provider.limits))
    )


def gives(work: Work, service_id: UUID) -> ColumnElement[bool]:
    """Providers limited to this service among others, or not limited at all; none if unknown."""
    known = exists().where(Service.tenant_id == work.tenant.id, Service.id == service_id)
    limits = exists().where(ProviderService.provider_id == Provider.id)
    return known & or_(limits.where(ProviderService.service_id == service_id), ~limits)


def _speaks_of(part: str) -> ColumnElement[bool]:
    named = exists().where(
        User.tenant_id == Provider.tenant_id,
        User.id == Provider.user_id,
        User.name.icontains(part, autoescape=True),
    )
    specialties = func.array_to_string(Provider.specialties, "\n")
    texts = (Provider.title, Provider.bio, specialties)
    return or_(named, *(column.icontains(part, autoescape=True) for column in texts))
