"""Reading users."""

from uuid import UUID

from sqlalchemy import exists, func, or_, select

from sloty_shared.errors import NotFound
from sloty_shared.models import Provider, Tenant, User, UserRole, UserStatus
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def users(
    work: Work, page: Page, *, role: UserRole | None, status: UserStatus | None, q: str | None
) -> tuple[list[User], str | None]:
    query = select(User).where(User.tenant_id == work.tenant.id)
    if role is not None:
        query = query.where(User.role == role)
    if status is not None:
        query = query.where(User.status == status)
    if q is not None:
        query = query.where(
            or_(User.name.icontains(q, autoescape=True), User.email.icontains(q, autoescape=True))
        )
    return paginate(work.session, query, by=[User.id], page=page)


def user(work: Work, user_id: UUID, *, to_change: bool = False) -> User:
    """Raises NotFound, also for one of another tenant. `to_change` locks the row."""
    query = select(User).where(User.tenant_id == work.tenant.id, User.id == user_id)
    if to_change:
        # The caller's own row has been read already, maybe before another change of it.
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = work.session.scalar(query)
    if found is None:
        raise NotFound("There is no such user.")
    return found


def is_only_administrator(work: Work, user: User) -> bool:
    """Whether nobody else is active in this role; the answer holds until the transaction ends."""
    work.session.execute(
        select(Tenant.id).where(Tenant.id == user.tenant_id).with_for_update(key_share=True)
    )
    others = (
        select(func.count())
        .select_from(User)
        .where(
            User.tenant_id == user.tenant_id,
            User.id != user.id,
            User.role == user.role,
            User.status == UserStatus.ACTIVE,
        )
    )
    return not work.session.scalar(others)


def has_left_traces(work: Work, user: User) -> bool:
    """Whether appointments or the audit may speak of the user: as a provider, or by what they did.

    Nobody acts without having logged in or having used a token from their mail.
    """
    if user.last_login_at is not None or user.email_verified is not None:
        return True
    gives = exists().where(Provider.tenant_id == user.tenant_id, Provider.user_id == user.id)
    return bool(work.session.scalar(select(gives)))


def provider_of(work: Work, user: User) -> Provider | None:
    """The provider that the user is, locked."""
    return work.session.scalar(
        select(Provider)
        .where(Provider.tenant_id == user.tenant_id, Provider.user_id == user.id)
        .with_for_update(key_share=True)
    )
