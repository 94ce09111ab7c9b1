"""Describing locations and services."""

from sloty_booking.catalog.schemas import NewLocation, NewService
from sloty_shared.models import Location, Service
from sloty_shared.web.work import Work


def create_location(work: Work, new: NewLocation) -> Location:
    location = Location(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(location)
    work.session.flush()
    work.record("location.created", location)
    return location


def create_service(work: Work, new: NewService) -> Service:
    service = Service(tenant_id=work.tenant.id, **new.model_dump())
    work.session.add(service)
    work.session.flush()
    work.record("service.created", service)
    return service
