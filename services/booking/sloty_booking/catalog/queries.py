"""Reading locations and services."""

from uuid import UUID

from sqlalchemy import func, or_, select

from sloty_shared.errors import NotFound
from sloty_shared.models import Location, LocationStatus, Service
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def locations(
    work: Work, page: Page, *, status: LocationStatus | None, city: str | None, q: str | None
) -> tuple[list[Location], str | None]:
    """Narrowed to one status, one city without case, and to a part `q` of name or address."""
    query = select(Location).where(Location.tenant_id == work.tenant.id)
    if status is not None:
        query = query.where(Location.status == status)
    if city is not None:
        query = query.where(func.lower(Location.city) == func.lower(city))
    if q is not None:
        searched = (Location.name, Location.address, Location.zip_code, Location.city)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in searched)))
    return paginate(work.session, query, by=[Location.id], page=page)


def location(work: Work, location_id: UUID, *, to_change: bool = False) -> Location:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(Location).where(Location.tenant_id == work.tenant.id, Location.id == location_id)
    found = work.session.scalar(query.with_for_update(key_share=True) if to_change else query)
    if found is None:
        raise NotFound("There is no such location.")
    return found


def services(
    work: Work,
    page: Page,
    *,
    category: str | None,
    is_active: bool | None,
    is_online: bool | None,
    q: str | None,
) -> tuple[list[Service], str | None]:
    """Narrowed to one category, to flags, and to a part `q` of name, description or category."""
    query = select(Service).where(Service.tenant_id == work.tenant.id)
    if category is not None:
        query = query.where(Service.category == category)
    if is_active is not None:
        query = query.where(Service.is_active == is_active)
    if is_online is not None:
        query = query.where(Service.is_online == is_online)
    if q is not None:
        searched = (Service.name, Service.description, Service.category)
        query = query.where(or_(*(column.icontains(q, autoescape=True) for column in searched)))
    return paginate(work.session, query, by=[Service.id], page=page)


def service(work: Work, service_id: UUID, *, to_change: bool = False) -> Service:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(Service).where(Service.tenant_id == work.tenant.id, Service.id == service_id)
    found = work.session.scalar(query.with_for_update(key_share=True) if to_change else query)
    if found is None:
        raise NotFound("There is no such service.")
    return found
