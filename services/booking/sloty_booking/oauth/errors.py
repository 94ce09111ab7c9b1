"""Why a sign-in at an identity provider can fail."""

from urllib.parse import urlencode

from sloty_shared.errors import (
    Conflict,
    Forbidden,
    Invalid,
    RetryableError,
    SlotyError,
    Unauthenticated,
)


class InvalidState(Invalid):
    """This sign-in was not begun in this browser, is over, or has waited too long: begin again."""

    code = "invalid_state"
    title = "Invalid state"


class SignInDeclined(Forbidden):
    """The identity provider did not let this sign-in happen."""

    code = "sign_in_declined"
    title = "Sign-in declined"


class IdentityNotProven(Unauthenticated):
    """What the identity provider answered does not prove who this is."""

    code = "identity_not_proven"
    title = "Identity not proven"


class ProviderUnavailable(RetryableError):
    """The identity provider cannot be reached, or answers nothing that can be understood."""

    status = 503
    code = "provider_unavailable"
    title = "Provider unavailable"


class AddressNotVerified(Forbidden):
    """The identity provider does not say that the e-mail address is verified."""

    code = "address_not_verified"
    title = "Address not verified"


class NotRegistered(Forbidden):
    """Nobody is known by this e-mail address: sign up, register or be invited first."""

    code = "not_registered"
    title = "Not registered"


class UserDisabled(Forbidden):
    """This user has been switched off."""

    code = "user_disabled"
    title = "User disabled"


class AccountConflict(Conflict):
    """The user with this e-mail address signs in with another account of this provider."""

    code = "account_conflict"
    title = "Account conflict"


class SentBack(SlotyError):
    """Back to the page that began the sign-in, with the token or with what went wrong."""

    status = 303
    code = "sent_back"
    title = "Sent back"

    def __init__(self, page: str, refusal: SlotyError) -> None:
        fragment = urlencode({"error": refusal.code, "errorDescription": refusal.detail})
        super().__init__(refusal.detail, headers={"Location": f"{page}#{fragment}"})
