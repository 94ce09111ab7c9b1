"""`/v1/auth/oauth/{provider}` and the way back from there."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Cookie, Depends, Path, Query, Request, Response

from sloty_booking.identity.actions import NewSession
from sloty_booking.identity.schemas import LoggedIn
from sloty_booking.oauth import actions, errors, returning
from sloty_booking.oauth.begun import COOKIE, Begun, Page
from sloty_booking.oauth.returning import Answered, Beginning, Returned
from sloty_shared.errors import NotFound, TenantSuspended
from sloty_shared.settings import Settings
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.runtime import runtime_of
from sloty_shared.web.work import Work

SEE_OTHER = 303

routes = Routes(tags=["identity"])

Name = Annotated[
    str, Path(description="As the operator names it in `SLOTY_OAUTH_PROVIDERS`.", max_length=100)
]
Given = Annotated[str | None, Query(max_length=4000)]


async def _beginning(request: Request, provider: Name, redirect: Page = None) -> Beginning:
    return await returning.begin(runtime_of(request), provider, redirect)


async def _returning(
    request: Request,
    provider: Name,
    code: Given = None,
    state: Given = None,
    error: Given = None,
    iss: Given = None,
    cookie: Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)] = None,
) -> Returned:
    answered = Answered(code=code, state=state, error=error, issuer=iss)
    return await returning.finish(runtime_of(request), provider, cookie, answered)


@routes.read(
    "/auth/oauth/{provider}",
    public=True,
    status=SEE_OTHER,
    limit=COSTLY,
    response_description="To the provider, with a cookie that the way back asks for.",
    errors=(NotFound, errors.ProviderUnavailable),
    summary="Sign in at an identity provider",
)
def begin_sign_in(work: Work, beginning: Annotated[Beginning, Depends(_beginning)]) -> Response:
    """Send the browser to an OpenID provider; lead a user here, do not fetch it.

    The sign-in has ten minutes and ends in the browser that began it. It is an authorization code
    with PKCE and a nonce.
    """
    response = Response(status_code=SEE_OTHER, headers={"Location": beginning.url})
    beginning.begun.keep(response, work.encryption, work.settings)
    return response


@routes.read(
    "/auth/oauth/{provider}/callback",
    public=True,
    answer=LoggedIn,
    limit=COSTLY,
    errors=(
        errors.SentBack,
        NotFound,
        errors.InvalidState,
        errors.SignInDeclined,
        errors.IdentityNotProven,
        errors.ProviderUnavailable,
        errors.AddressNotVerified,
        errors.NotRegistered,
        errors.UserDisabled,
        errors.AccountConflict,
        TenantSuspended,
    ),
    summary="Come back from an identity provider",
)
def finish_sign_in(work: Work, returned: Annotated[Returned, Depends(_returning)]) -> Response:
    """Log in whoever the provider has identified; the answer is that of a log-in.

    An account that is not linked yet is linked with the user who has its e-mail address, if the
    provider says that it is verified. Whoever was invited has joined by that. Where the address
    was never verified here, the password and the sessions that came before it end. An address that
    nobody has makes no user.

    If the sign-in named a page, the answer is a redirect to it, with the token or the problem's
    code in the fragment, where no server's log sees it.
    """
    with returning.sending_back(returned.begun):
        session = actions.sign_in(work, returned.identity)
    return _answer(session, returned.begun, work.settings)


def _answer(session: NewSession, begun: Begun, settings: Settings) -> Response:
    shown = LoggedIn.model_validate(session)
    if begun.page is None:
        response = Response(shown.model_dump_json(), media_type="application/json")
    else:
        expires = shown.model_dump(mode="json", include={"expires"})
        fragment = urlencode({"token": shown.token, **expires})
        response = Response(status_code=SEE_OTHER, headers={"Location": f"{begun.page}#{fragment}"})
    begun.forget(response, settings)
    return response
