"""Reading locations and services."""

from uuid import UUID

from sqlalchemy import select

from sloty_shared.errors import NotFound
from sloty_shared.models import Location, LocationStatus, Service
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def locations(
    work: Work, page: Page, *, status: LocationStatus | None
) -> tuple[list[Location], str | None]:
    query = select(Location).where(Location.tenant_id == work.tenant.id)
    if status is not None:
        query = query.where(Location.status == status)
    return paginate(work.session, query, by=[Location.id], page=page)


def location(work: Work, location_id: UUID) -> Location:
    """Raises NotFound, also for one of another tenant."""
    found = work.session.scalar(
        select(Location).where(Location.tenant_id == work.tenant.id, Location.id == location_id)
    )
    if found is None:
        raise NotFound("There is no such location.")
    return found


def services(
    work: Work, page: Page, *, category: str | None, is_active: bool | None
) -> tuple[list[Service], str | None]:
    query = select(Service).where(Service.tenant_id == work.tenant.id)
    if category is not None:
        query = query.where(Service.category == category)
    if is_active is not None:
        query = query.where(Service.is_active == is_active)
    return paginate(work.session, query, by=[Service.id], page=page)


def service(work: Work, service_id: UUID) -> Service:
    """Raises NotFound, also for one of another tenant."""
    found = work.session.scalar(
        select(Service).where(Service.tenant_id == work.tenant.id, Service.id == service_id)
    )
    if found is None:
        raise NotFound("There is no such service.")
    return found
