"""Actions by e-mail: proving an address, and choosing a password after a reset or an invitation."""

from datetime import timedelta

from sloty_booking.identity import attempts, proofs, queries
from sloty_booking.identity.actions import end_sessions, record_by
from sloty_shared.errors import Conflict
from sloty_shared.models import TokenPurpose, User, UserStatus
from sloty_shared.web.work import Work

# Nobody's mailbox is filled by others.
MOST_MAILS = 5
MAILS_WINDOW = timedelta(hours=1)


class AlreadyVerified(Conflict):
    """This e-mail address is verified already."""

    code = "already_verified"
    title = "Already verified"


def verify_email(work: Work, token: str) -> User:
    """Raises InvalidToken or TenantSuspended."""
    user, _ = proofs.use(work, token, {TokenPurpose.EMAIL_VERIFICATION})
    _prove_address(work, user)
    record_by(work, user, "user.email_verified", user)
    return user


def resend_verification(work: Work) -> None:
    """Mail the caller a new token; more than a few an hour are not sent. Raises AlreadyVerified."""
    user = queries.oneself_to_change(work)
    if user.email_verified is not None:
        raise AlreadyVerified
    if _may_mail(work, "verification mail", user.email):
        proofs.send(work, user, TokenPurpose.EMAIL_VERIFICATION)


def request_reset(work: Work, email: str) -> None:
    """Mail a token to the user with this address, if there is one who may log in."""
    may_mail = _may_mail(work, "reset mail", email)
    found = queries.user_by_email(work.session, email)
    if found is None or not may_mail:
        return
    user, tenant = found
    if user.may_log_in and tenant.may_log_in:
        proofs.send(work, user, TokenPurpose.PASSWORD_RESET)


def choose_password(work: Work, token: str, password_hash: str) -> User:
    """Set the password and end all sessions. Raises InvalidToken or TenantSuspended.

    Whoever holds the token reads the user's mail, so the address is proven too, and who was
    invited has joined.
    """
    user, purpose = proofs.use(work, token, proofs.PASSWORD_PURPOSES)
    user.password = password_hash
    _prove_address(work, user)
    proofs.revoke(work.session, user, proofs.PASSWORD_PURPOSES, work.now)
    end_sessions(work, user)
    if work.address is not None:
        attempts.know(work.session, user.email, work.address, work.now)
    invited = purpose is TokenPurpose.INVITATION
    record_by(work, user, "user.joined" if invited else "user.password_reset", user)
    return user


def _prove_address(work: Work, user: User) -> None:
    user.email_verified = user.email_verified or work.now
    if user.password is not None and user.status is UserStatus.PENDING_VERIFICATION:
        user.status = UserStatus.ACTIVE
    work.session.flush()


def _may_mail(work: Work, purpose: str, email: str) -> bool:
    if work.settings.rate_limit != "on":
        return True
    limit = attempts.limit_of(purpose, email, MOST_MAILS)
    return attempts.count(work.session, limit, work.now, window=MAILS_WINDOW) is None
