"""Describing locations and services."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from sloty_booking.catalog import queries
from sloty_booking.catalog.schemas import LocationChange, NewLocation, NewService, ServiceChange
from sloty_shared.models import Location, LocationStatus, Provider, ProviderService, Service
from sloty_shared.web.changes import change_row, delete_unless_in_use
from sloty_shared.web.work import Work


def create_location(work: Work, new: NewLocation) -> Location:
    location = Location(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(location)
    work.session.flush()
    work.record("location.created", location)
    return location


def change_location(work: Work, location_id: UUID, change: LocationChange) -> Location:
    """Raises NotFound or VersionConflict."""
    location = queries.location(work, location_id, to_change=True)
    work.check_version(location)
    change_row(work, "location.changed", location, change.model_dump(exclude_unset=True))
    return location


def delete_location(work: Work, location_id: UUID) -> None:
    """Delete it, or close it where providers or appointments refer to it.

    Raises NotFound or VersionConflict.
    """
    location = queries.location(work, location_id, to_change=True)
    work.check_version(location)
    if not delete_unless_in_use(work, "location.deleted", location):
        closed = {"status": LocationStatus.INACTIVE}
        change_row(work, "location.deactivated", location, closed)


def create_service(work: Work, new: NewService) -> Service:
    service = Service(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(service)
    work.session.flush()
    work.record("service.created", service)
    return service


def change_service(work: Work, service_id: UUID, change: ServiceChange) -> Service:
    """Raises NotFound or VersionConflict."""
    service = queries.service(work, service_id, to_change=True)
    work.check_version(service)
    change_row(work, "service.changed", service, change.model_dump(exclude_unset=True))
    return service


def delete_service(work: Work, service_id: UUID) -> None:
    """Delete it, or deactivate it where appointments refer to it or it is all somebody gives.

    Raises NotFound or VersionConflict.
    """
    service = queries.service(work, service_id, to_change=True)
    work.check_version(service)
    if _is_all_that_somebody_gives(work, service) or not delete_unless_in_use(
        work, "service.deleted", service
    ):
        change_row(work, "service.deactivated", service, {"is_active": False})


def _is_all_that_somebody_gives(work: Work, service: Service) -> bool:
    """Whether a provider is limited to this service alone.

    Without the limit such a provider would give every service. Nobody comes under it or loses
    their other services while this looks.
    """
    limit, other = aliased(ProviderService), aliased(ProviderService)
    work.session.execute(select(Service.id).where(Service.id == service.id).with_for_update())
    limited = select(limit.provider_id).where(
        limit.tenant_id == work.tenant.id, limit.service_id == service.id
    )
    work.session.execute(
        select(Provider.id)
        .where(Provider.id.in_(limited))
        .order_by(Provider.id)
        .with_for_update(key_share=True)
    )
    gives_another = exists().where(
        other.provider_id == limit.provider_id, other.service_id != service.id
    )
    return bool(work.session.scalar(select(limited.where(~gives_another).exists())))
