"""Adding providers, and saying which services they give."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import delete, select

from sloty_booking.catalog import queries as catalog
from sloty_booking.identity.actions import EmailTaken
from sloty_booking.staff import queries
from sloty_booking.staff.schemas import GivenServices, NewProvider
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict, FieldError, NotFound
from sloty_shared.models import Provider, ProviderService, Service, User, UserRole, UserStatus
from sloty_shared.web.work import Work


class AlreadyProvider(Conflict):
    """This user is a provider already."""

    code = "already_provider"
    title = "Already a provider"


def create_provider(work: Work, new: NewProvider) -> Provider:
    """Raises NotFound for a foreign location or user, AlreadyProvider, or EmailTaken."""
    catalog.location(work, new.location_id)
    user = _user(work, new)
    provider = Provider(
        tenant_id=work.caller.tenant.id,
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
            select(User).where(User.tenant_id == work.caller.tenant.id, User.id == new.user_id)
        )
        if found is None:
            raise NotFound("There is no such user.")
        return found
    user = User(
        tenant_id=work.caller.tenant.id,
        email=new.user.email,
        name=new.user.name,
        role=UserRole.PROVIDER,
        status=UserStatus.PENDING_VERIFICATION,
    )
    work.session.add(user)
    with translating({"idx_users_email": EmailTaken}):
        work.session.flush()
    work.record("user.invited", user)
    return user


def limit_services(work: Work, provider_id: UUID, given: GivenServices) -> list[UUID]:
    """Replace what the provider gives. Raises NotFound, also for a service."""
    provider = queries.provider(work, provider_id, to_change=True)
    wanted = sorted(set(given.service_ids))
    _refuse_unknown(work, given.service_ids)
    removed = work.session.scalars(
        delete(ProviderService)
        .where(ProviderService.provider_id == provider.id)
        .returning(ProviderService.service_id)
        .execution_options(synchronize_session=False)
    )
    before, after = _services(removed), _services(wanted)
    work.session.add_all(
        ProviderService(tenant_id=provider.tenant_id, provider_id=provider.id, service_id=each)
        for each in wanted
    )
    work.session.flush()
    action = "provider.services_limited"
    audit.record(work.session, work.actor, action, provider, before=before, after=after)
    return wanted


def _services(ids: Iterable[UUID]) -> dict[str, list[str]]:
    """What the audit says of them; none means every service."""
    return {"service_ids": sorted(str(each) for each in ids)}


def _refuse_unknown(work: Work, service_ids: list[UUID]) -> None:
    known = set(
        work.session.scalars(
            select(Service.id).where(
                Service.tenant_id == work.caller.tenant.id, Service.id.in_(service_ids)
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
