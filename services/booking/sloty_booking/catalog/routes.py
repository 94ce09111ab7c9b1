"""`/v1/locations` and `/v1/services`."""

from typing import Annotated

from fastapi import Query

from sloty_booking.catalog import actions, queries
from sloty_booking.catalog.schemas import (
    LocationChange,
    LocationView,
    NewLocation,
    NewService,
    ServiceChange,
    ServiceView,
)
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import Location, LocationStatus, Service
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.work import Work

routes = Routes(tags=["catalog"])

PART = Query(description="A part of its texts, without case.", examples=["main"])


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
    work: Work,
    page: PageQuery,
    status: LocationStatus | None = None,
    city: ShortText | None = None,
    q: Annotated[ShortText | None, PART] = None,
) -> Listing[LocationView]:
    """The tenant's locations, oldest first; `q` is part of a name, address, zip code or city."""
    return listing(LocationView, queries.locations(work, page, status=status, city=city, q=q))


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


@routes.change(
    "/locations/{location_id}",
    allow=Permission.LOCATIONS_WRITE,
    answer=LocationView,
    errors=(NotFound, VersionConflict),
    summary="Change a location",
)
def change_location(work: Work, location_id: UuidId, body: LocationChange) -> Location:
    """Change what is named; a location that is not ACTIVE has no slots."""
    return actions.change_location(work, location_id, body)


@routes.remove(
    "/locations/{location_id}",
    allow=Permission.LOCATIONS_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a location",
)
def delete_location(work: Work, location_id: UuidId) -> None:
    """A location that providers or appointments refer to becomes INACTIVE instead."""
    actions.delete_location(work, location_id)


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
    is_online: Annotated[bool | None, Query(alias="isOnline")] = None,
    q: Annotated[ShortText | None, PART] = None,
) -> Listing[ServiceView]:
    """The tenant's services, oldest first; `q` is part of a name, description or category."""
    found = queries.services(
        work, page, category=category, is_active=is_active, is_online=is_online, q=q
    )
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


@routes.change(
    "/services/{service_id}",
    allow=Permission.SERVICES_WRITE,
    answer=ServiceView,
    errors=(NotFound, VersionConflict),
    summary="Change a service",
)
def change_service(work: Work, service_id: UuidId, body: ServiceChange) -> Service:
    """Change what is named, for bookings from now on; appointments stay as they were booked."""
    return actions.change_service(work, service_id, body)


@routes.remove(
    "/services/{service_id}",
    allow=Permission.SERVICES_WRITE,
    errors=(NotFound, VersionConflict),
    summary="Delete a service",
)
def delete_service(work: Work, service_id: UuidId) -> None:
    """Delete it with its form; the answer is the same where it is deactivated instead.

    That is so where appointments refer to it, and where a provider is limited to it alone.
    """
    actions.delete_service(work, service_id)
