"""`/v1/locations` and `/v1/services`."""

from typing import Annotated

from fastapi import Query

from sloty_booking.catalog import actions, queries
from sloty_booking.catalog.schemas import LocationView, NewLocation, NewService, ServiceView
from sloty_shared.errors import NotFound
from sloty_shared.models import Location, LocationStatus, Service
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["catalog"])


@routes.create(
    "/locations", allow=Permission.LOCATIONS_WRITE, answer=LocationView, summary="Add a location"
)
def create_location(work: Work, body: NewLocation) -> Location:
    """A place where appointments are given; its time zone is that of its providers' calendars."""
    return actions.create_location(work, body)


@routes.read(
    "/locations",
    allow=Permission.LOCATIONS_READ,
    answer=Listing[LocationView],
    summary="List locations",
)
def list_locations(
    work: Work, page: PageQuery, status: LocationStatus | None = None
) -> Listing[LocationView]:
    """The tenant's locations, oldest first."""
    return listing(LocationView, queries.locations(work, page, status=status))


@routes.read(
    "/locations/{location_id}",
    allow=Permission.LOCATIONS_READ,
    answer=LocationView,
    errors=(NotFound,),
    summary="Read a location",
)
def read_location(work: Work, location_id: UuidId) -> Location:
    """One location."""
    return queries.location(work, location_id)


@routes.create(
    "/services", allow=Permission.SERVICES_WRITE, answer=ServiceView, summary="Add a service"
)
def create_service(work: Work, body: NewService) -> Service:
    """Something that can be booked."""
    return actions.create_service(work, body)


@routes.read(
    "/services",
    allow=Permission.SERVICES_READ,
    answer=Listing[ServiceView],
    summary="List services",
)
def list_services(
    work: Work,
    page: PageQuery,
    category: ShortText | None = None,
    is_active: Annotated[bool | None, Query(alias="isActive")] = None,
) -> Listing[ServiceView]:
    """The tenant's services, oldest first."""
    found = queries.services(work, page, category=category, is_active=is_active)
    return listing(ServiceView, found)


@routes.read(
    "/services/{service_id}",
    allow=Permission.SERVICES_READ,
    answer=ServiceView,
    errors=(NotFound,),
    summary="Read a service",
)
def read_service(work: Work, service_id: UuidId) -> Service:
    """One service."""
    return queries.service(work, service_id)
