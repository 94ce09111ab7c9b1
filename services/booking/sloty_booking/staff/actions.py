"""Adding providers, and saying which services they give."""

from uuid import UUID

from sqlalchemy import delete, select

from sloty_booking.catalog import queries as catalog
from sloty_booking.staff import queries
from sloty_booking.staff.schemas import GivenServices, NewProvider
from sloty_booking.tenants.plan_limits import refuse_another_provider
from sloty_booking.users.actions import invite
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, FieldError, NotFound
from sloty_shared.models import Provider, ProviderService, Service, User, UserRole
from sloty_shared.web.work import Work


class AlreadyProvider(Conflict):
    """This user is a provider already."""

    code = "already_provider"
    title = "Already a provider"


def create_provider(work: Work, new: NewProvider) -> Provider:
    """Raises NotFound for a foreign location or user, AlreadyProvider, EmailTaken, or PlanLimit."""
    catalog.location(work, new.location_id)
    if new.is_active:
        refuse_another_provider(work)
    user = _user(work, new)
    provider = Provider(
        tenant_id=work.tenant.id,
        user_id=user.id,
        **new.model_dump(exclude={"user", "user_id"}),
    )
    work.session.add(provider)
    with translating({"idx_providers_user_id": AlreadyProvider}):
        work.session.flush()
    work.record("provider.created", provider)
    return queries.provider(work, provider.id)


def _user(work: Work, new: NewProvider) -> User:
    if new.user is None:
        found = work.session.scalar(
            select(User).where(User.tenant_id == work.tenant.id, User.id == new.user_id)
        )
        if found is None:
            raise NotFound("There is no such user.")
        return found
    return invite(work, email=new.user.email, name=new.user.name, role=UserRole.PROVIDER)


def limit_services(work: Work, provider_id: UUID, given: GivenServices) -> list[UUID]:
    """Replace what the provider gives. Raises NotFound, also for a service."""
    provider = queries.provider(work, provider_id)
    wanted = sorted(set(given.service_ids))
    _refuse_unknown(work, given.service_ids)
    work.session.execute(delete(ProviderService).where(ProviderService.provider_id == provider.id))
    work.session.add_all(
        ProviderService(tenant_id=provider.tenant_id, provider_id=provider.id, service_id=each)
        for each in wanted
    )
    work.session.flush()
    work.record("provider.services_limited", provider)
    return wanted


def _refuse_unknown(work: Work, service_ids: list[UUID]) -> None:
    known = set(
        work.session.scalars(
            select(Service.id).where(
                Service.tenant_id == work.tenant.id, Service.id.in_(service_ids)
            )
        )
    )
    unknown = [
        FieldError(f"/serviceIds/{place}", "There is no such service")
        for place, service_id in enumerate(service_ids)
        if service_id not in known
    ]
    if unknown:
        raise NotFound(errors=unknown)
