"""Reading what a business shows to the public."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from sloty_booking.appointments import queries as appointments
from sloty_booking.appointments.showing import NAMES
from sloty_booking.forms import queries as forms
from sloty_booking.forms.json_schema import form_schema
from sloty_booking.public.schemas import (
    BusinessPage,
    PublicAppointment,
    PublicLocation,
    PublicProvider,
    PublicProviderName,
    PublicService,
)
from sloty_shared.errors import NotFound
from sloty_shared.models import Location, LocationStatus, Provider, Service
from sloty_shared.web.work import Work

# More than anybody reads; the page has no pages.
MOST_SHOWN = 1000
_OF_OTHERS = {"business", "service", "provider", "location"}


def business_page(work: Work) -> BusinessPage:
    """What is active of the business, the oldest first."""
    tenant = work.tenant
    services = select(Service).where(Service.tenant_id == tenant.id, Service.is_active)
    locations = select(Location).where(
        Location.tenant_id == tenant.id, Location.status == LocationStatus.ACTIVE
    )
    providers = (
        select(Provider)
        .join(Location, Location.id == Provider.location_id)
        .where(
            Provider.tenant_id == tenant.id,
            Provider.is_active,
            Location.status == LocationStatus.ACTIVE,
        )
        .options(joinedload(Provider.user, innerjoin=True), selectinload(Provider.limits))
    )
    session = work.session
    return BusinessPage(
        name=tenant.name,
        slug=tenant.slug,
        services=[
            PublicService.model_validate(each)
            for each in session.scalars(services.order_by(Service.id).limit(MOST_SHOWN))
        ],
        providers=[
            _provider(each)
            for each in session.scalars(providers.order_by(Provider.id).limit(MOST_SHOWN))
        ],
        locations=[
            PublicLocation.model_validate(each)
            for each in session.scalars(locations.order_by(Location.id).limit(MOST_SHOWN))
        ],
    )


def form(work: Work, service_id: UUID) -> dict[str, Any]:
    """The JSON Schema of a service's form. Raises NotFound, also for a service not active."""
    service, parameters = forms.form(work, service_id)
    if not service.is_active:
        raise NotFound("There is no such service.")
    return form_schema(service, parameters)


def appointment(work: Work, code: str) -> PublicAppointment:
    """What the code leads to. Raises NotFound."""
    found = appointments.appointment(work, code, loading=NAMES)
    service, provider = found.service, found.provider
    own = set(PublicAppointment.model_fields) - _OF_OTHERS
    return PublicAppointment.model_validate(
        {
            **{name: getattr(found, name) for name in own},
            "business": work.tenant.name,
            "service": service,
            "provider": PublicProviderName(
                id=provider.id, name=provider.user.name, title=provider.title
            ),
            "location": None if service.is_online else found.location,
        }
    )


def _provider(provider: Provider) -> PublicProvider:
    return PublicProvider(
        id=provider.id,
        name=provider.user.name,
        title=provider.title,
        bio=provider.bio,
        specialties=provider.specialties,
        location_id=provider.location_id,
        service_ids=provider.service_ids,
    )
