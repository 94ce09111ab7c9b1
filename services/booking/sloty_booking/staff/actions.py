"""Adding, changing and removing providers, and saying which services they give."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select, update

from sloty_booking.catalog import queries as catalog
from sloty_booking.staff import queries
from sloty_booking.staff.schemas import GivenServices, NewProvider, ProviderChange
from sloty_booking.tenants.plan_limits import refuse_another_provider
from sloty_booking.users.actions import invite
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, FieldError, NotFound
from sloty_shared.models import Provider, ProviderService, Service, User, UserRole
from sloty_shared.web.changes import change_row, delete_unless_in_use
from sloty_shared.web.work import Work

# Deleted by somebody else since it was looked at.
LOCATION_GONE = {"fk_providers_tenant_id_location_id": NotFound}


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
    with translating({"idx_providers_user_id": AlreadyProvider, **LOCATION_GONE}):
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


def change_provider(work: Work, provider_id: UUID, change: ProviderChange) -> Provider:
    """Raises NotFound, also for a location, VersionConflict, or PlanLimit for one more active."""
    provider = queries.provider(work, provider_id, to_change=True)
    work.check_version(provider)
    if change.location_id is not None:
        catalog.location(work, change.location_id)
    if change.is_active and not provider.is_active:
        refuse_another_provider(work)
    with translating(LOCATION_GONE):
        change_row(work, "provider.changed", provider, change.model_dump(exclude_unset=True))
    return provider


def delete_provider(work: Work, provider_id: UUID) -> None:
    """Delete the provider with the calendar, or deactivate where appointments refer to it.

    The user stays. Raises NotFound or VersionConflict.
    """
    provider = queries.provider(work, provider_id, to_change=True)
    work.check_version(provider)
    if not delete_unless_in_use(work, "provider.deleted", provider):
        change_row(work, "provider.deactivated", provider, {"is_active": False})


def limit_services(work: Work, provider_id: UUID, given: GivenServices) -> Provider:
    """Replace what the provider gives. Raises NotFound, also for a service, or VersionConflict."""
    provider = queries.provider(work, provider_id, to_change=True)
    work.check_version(provider)
    _refuse_unknown(work, given.service_ids)
    before, wanted = set(provider.service_ids), set(given.service_ids)
    if before == wanted:
        return provider
    _replace_limits(work, provider, gone=before - wanted, added=wanted - before)
    work.record(
        "provider.services_limited",
        provider,
        before={"service_ids": sorted(map(str, before))},
        after={"service_ids": sorted(map(str, wanted))},
    )
    return queries.provider(work, provider.id)


def _replace_limits(
    work: Work, provider: Provider, *, gone: Collection[UUID], added: Collection[UUID]
) -> None:
    """The provider's version moves too, since a provider is shown with the services."""
    work.session.execute(
        delete(ProviderService).where(
            ProviderService.tenant_id == provider.tenant_id,
            ProviderService.provider_id == provider.id,
            ProviderService.service_id.in_(gone),
        )
    )
    work.session.add_all(
        ProviderService(tenant_id=provider.tenant_id, provider_id=provider.id, service_id=each)
        for each in sorted(added)
    )
    with translating({"fk_provider_services_tenant_id_service_id": NotFound}):
        work.session.flush()
    work.session.execute(
        update(Provider).where(Provider.id == provider.id).values(is_active=Provider.is_active)
    )


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
