"""Inviting users, changing what they may do, and letting them go."""

from typing import Any
from uuid import UUID

from sloty_booking.identity import proofs
from sloty_booking.identity.actions import (
    FIRST_LOCALE,
    EmailTaken,
    end_sessions,
    show_provider_anew,
)
from sloty_booking.users import queries
from sloty_booking.users.rank import refuse_beyond
from sloty_booking.users.schemas import UserChange
from sloty_shared import audit
from sloty_shared.database import translating
from sloty_shared.errors import Conflict
from sloty_shared.models import TokenPurpose, User, UserRole, UserStatus
from sloty_shared.web.changes import change_row
from sloty_shared.web.work import Work

ADMINISTRATORS = frozenset({UserRole.TENANT_ADMIN, UserRole.SUPER_ADMIN})


class LastAdmin(Conflict):
    """This is the tenant's last active administrator."""

    code = "last_admin"
    title = "Last administrator"


class AlreadyJoined(Conflict):
    """This user has accepted the invitation already, or may not log in."""

    code = "already_joined"
    title = "Already joined"


def invite(work: Work, *, email: str, name: str, role: UserRole) -> User:
    """A user without a password, and the mail with which they choose one.

    Raises EmailTaken, or Forbidden for a role that may do more than the caller.
    """
    refuse_beyond(work.caller, role)
    user = User(
        tenant_id=work.tenant.id,
        email=email,
        name=name,
        role=role,
        status=UserStatus.PENDING_VERIFICATION,
        locale=work.tenant.settings.get("defaultLocale", FIRST_LOCALE),
    )
    work.session.add(user)
    with translating({"idx_users_email": EmailTaken}):
        work.session.flush()
    work.record("user.invited", user)
    proofs.send(work, user, TokenPurpose.INVITATION)
    return user


def invite_again(work: Work, user_id: UUID) -> User:
    """Mail a new token; the earlier ones are worth nothing. Raises NotFound or AlreadyJoined."""
    user = queries.user(work, user_id, to_change=True)
    if user.status is not UserStatus.PENDING_VERIFICATION or user.password is not None:
        raise AlreadyJoined
    refuse_beyond(work.caller, user.role, user.permissions)
    proofs.send(work, user, TokenPurpose.INVITATION)
    work.record("user.invited", user)
    return user


def change_user(work: Work, user_id: UUID, change: UserChange) -> User:
    """Raises NotFound, VersionConflict, LastAdmin, or Forbidden beyond the caller's own rights."""
    user = queries.user(work, user_id, to_change=True)
    work.check_version(user)
    refuse_beyond(work.caller, user.role, user.permissions)
    before = audit.snapshot(user)
    values = _values(user, change)
    role, status = values.get("role", user.role), values.get("status", user.status)
    # Asked before anything changes, since the caller may be changing themselves.
    refuse_beyond(work.caller, role, values.get("permissions", user.permissions))
    _refuse_without_administrator(work, user, role, status)
    for name, value in values.items():
        setattr(user, name, value)
    _end_what_is_over(work, user)
    work.session.flush()
    show_provider_anew(work, user, before)
    work.record("user.changed", user, before=before)
    return user


def remove_user(work: Work, user_id: UUID) -> None:
    """Delete a user of whom there is no trace, else deactivate them, and the provider they are.

    Raises NotFound, VersionConflict, LastAdmin, or Forbidden beyond the caller's own rights.
    """
    user = queries.user(work, user_id, to_change=True)
    work.check_version(user)
    refuse_beyond(work.caller, user.role, user.permissions)
    _refuse_without_administrator(work, user, user.role, UserStatus.INACTIVE)
    before = audit.snapshot(user)
    if queries.has_left_traces(work, user):
        user.status = UserStatus.INACTIVE
        _end_what_is_over(work, user)
        work.session.flush()
        work.record("user.deactivated", user, before=before)
        _take_off_offer(work, user)
        return
    work.session.delete(user)
    work.session.flush()
    work.record("user.deleted", user, before=before, after={})


def _take_off_offer(work: Work, user: User) -> None:
    provider = queries.provider_of(work, user)
    if provider is not None:
        change_row(work, "provider.deactivated", provider, {"is_active": False})


def _values(user: User, change: UserChange) -> dict[str, Any]:
    values = change.model_dump(exclude_unset=True)
    if "permissions" in values:
        values["permissions"] = sorted(set(values["permissions"]))
    # Whoever has not chosen a password yet goes back to being invited.
    has_joined = user.password is not None or user.email_verified is not None
    if values.get("status") is UserStatus.ACTIVE and not has_joined:
        values["status"] = UserStatus.PENDING_VERIFICATION
    return values


def _refuse_without_administrator(
    work: Work, user: User, role: UserRole, status: UserStatus
) -> None:
    stays = role is user.role and status is UserStatus.ACTIVE
    is_administrator = user.role in ADMINISTRATORS and user.status is UserStatus.ACTIVE
    if is_administrator and not stays and queries.is_only_administrator(work, user):
        raise LastAdmin


def _end_what_is_over(work: Work, user: User) -> None:
    if not user.may_log_in:
        end_sessions(work, user)
        proofs.revoke(work.session, user, frozenset(TokenPurpose), work.now)
