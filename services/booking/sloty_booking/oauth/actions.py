"""Signing somebody in whom a provider has identified, and linking their account there."""

from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from sloty_booking.identity import attempts, proofs
from sloty_booking.identity.actions import NewSession, begin_session, end_sessions, record_by
from sloty_booking.identity.queries import user_and_tenant, user_by_email
from sloty_booking.oauth import queries
from sloty_booking.oauth.errors import (
    AccountConflict,
    AddressNotVerified,
    NotRegistered,
    UserDisabled,
)
from sloty_booking.oauth.provider import Identity, Tokens
from sloty_shared.database import translating
from sloty_shared.encryption import Encryption
from sloty_shared.errors import TenantSuspended
from sloty_shared.models import Account, TokenPurpose, User, UserStatus
from sloty_shared.web.fields import EmailAddress
from sloty_shared.web.work import Work

KIND = "oidc"
TOKEN_PURPOSE = "oauth token"  # noqa: S105 - Names a key, and is none.
_address = TypeAdapter(EmailAddress)


def sign_in(work: Work, identity: Identity) -> NewSession:
    """A new session of whoever the account is linked with, or is linked with by this.

    Raises AddressNotVerified, NotRegistered, UserDisabled, TenantSuspended or AccountConflict.
    """
    user_id = _user_id(work, identity)
    # Locked, so that of two sign-ins at once one links and the other finds the link.
    found = user_and_tenant(work.session, user_id, to_change=True)
    if found is None:
        raise NotRegistered
    user, tenant = found
    if not user.may_log_in:
        raise UserDisabled
    if not tenant.may_log_in:
        raise TenantSuspended
    account = queries.account_of(work.session, user, identity.provider)
    if account is None:
        account = _link(work, user, identity)
    elif account.provider_account_id != identity.claims["sub"]:
        raise AccountConflict
    _keep_tokens(account, identity.tokens, work.encryption)
    user.last_login_at = work.now
    if work.address is not None:
        attempts.know(work.session, user.email, work.address, work.now)
    record_by(work, user, "user.logged_in", user)
    return begin_session(work, user, tenant)


def _user_id(work: Work, identity: Identity) -> UUID:
    """By the account, whatever its address is by now, else by an address that is verified."""
    linked = queries.user_id_by_account(work.session, identity.provider, identity.claims["sub"])
    if linked is not None:
        return linked
    found = user_by_email(work.session, _verified_address(identity))
    if found is None:
        raise NotRegistered
    return found[0].id


def _verified_address(identity: Identity) -> str:
    said = identity.claims.get("email_verified")
    # Some providers write their booleans as text.
    if said is not True and said != "true":
        raise AddressNotVerified
    try:
        return _address.validate_python(identity.claims.get("email"))
    except ValidationError:
        raise AddressNotVerified from None


def _link(work: Work, user: User, identity: Identity) -> Account:
    account = Account(
        tenant_id=user.tenant_id,
        user_id=user.id,
        type=KIND,
        provider=identity.provider,
        provider_account_id=identity.claims["sub"],
    )
    work.session.add(account)
    with translating({"uq_accounts_provider_provider_account_id": AccountConflict}):
        work.session.flush()
    record_by(work, user, "account.linked", account)
    if user.email_verified is None:
        _prove_address(work, user)
    return account


def _prove_address(work: Work, user: User) -> None:
    """The address is the user's; whoever came before without proving it is shut out.

    Else somebody could sign up with another's address and wait for its owner behind a password.
    """
    invited = user.status is UserStatus.PENDING_VERIFICATION
    user.email_verified = work.now
    user.status = UserStatus.ACTIVE
    user.password = None
    end_sessions(work, user)
    proofs.revoke(work.session, user, set(TokenPurpose), work.now)
    record_by(work, user, "user.joined" if invited else "user.email_verified", user)


def _keep_tokens(account: Account, tokens: Tokens, encryption: Encryption) -> None:
    """Sealed; a refresh token that is not given anew stays what it was."""
    account.access_token = _sealed(tokens.access_token, encryption)
    account.id_token = _sealed(tokens.id_token, encryption)
    if tokens.refresh_token is not None:
        account.refresh_token = _sealed(tokens.refresh_token, encryption)
    account.token_type = tokens.token_type
    account.scope = tokens.scope
    account.expires_at = tokens.expires_at


def _sealed(token: str | None, encryption: Encryption) -> str | None:
    return None if token is None else encryption.seal_text(token, TOKEN_PURPOSE)
