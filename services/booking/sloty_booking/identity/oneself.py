"""Changing oneself: what others see of one, and one's password."""

from sloty_booking.identity import proofs, queries
from sloty_booking.identity.actions import end_sessions, show_provider_anew
from sloty_booking.identity.credentials import CheckedChange
from sloty_booking.identity.queries import Oneself
from sloty_booking.identity.schemas import MeChange
from sloty_shared import audit
from sloty_shared.errors import FieldError, Invalid
from sloty_shared.models import User
from sloty_shared.web.work import Work


class WrongPassword(Invalid):
    """The present password is not this one."""

    code = "wrong_password"
    title = "Wrong password"


def change_me(work: Work, change: MeChange) -> Oneself:
    """Raises Forbidden or VersionConflict."""
    user = queries.oneself_to_change(work)
    me = Oneself(user, work.tenant)
    work.check_version(me)
    before = audit.snapshot(user)
    for name, value in change.model_dump(exclude_unset=True).items():
        setattr(user, name, value)
    work.session.flush()
    show_provider_anew(work, user, before)
    work.record("user.changed", user, before=before)
    return me


def change_password(work: Work, checked: CheckedChange) -> User:
    """Set the new password and end the other sessions. Raises Forbidden or WrongPassword."""
    user = queries.oneself_to_change(work)
    # It may have been changed while it was checked.
    if not checked.matches or user.password != checked.stored:
        raise WrongPassword(errors=[FieldError("/currentPassword", "This is another password")])
    user.password = checked.password_hash
    work.session.flush()
    session = work.caller.session
    end_sessions(work, user, but=session.id if session else None)
    proofs.revoke(work.session, user, proofs.PASSWORD_PURPOSES, work.now)
    work.record("user.password_changed", user)
    return user
