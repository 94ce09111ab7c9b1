"""`/v1/signup`, `/v1/auth` and `/v1/me`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from sloty_booking.identity import actions, credentials, oneself, proofs, queries, recovery
from sloty_booking.identity.credentials import CheckedChange, CheckedLogIn, Chosen
from sloty_booking.identity.schemas import (
    EmailProof,
    LoggedIn,
    LogIn,
    Me,
    MeChange,
    PasswordChange,
    PasswordChoice,
    ResetRequest,
    SignedUp,
    SignUp,
    UserView,
)
from sloty_shared.errors import TenantSuspended, VersionConflict
from sloty_shared.models import User
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.runtime import runtime_of
from sloty_shared.web.work import Work

# Longer than a reset's work takes, so that its time tells nobody whether the address is known.
RESET_SECONDS = 0.1

routes = Routes(tags=["identity"])


async def _signing_up(body: SignUp) -> Chosen[SignUp]:
    return await credentials.choose(body)


async def _logging_in(request: Request, body: LogIn) -> CheckedLogIn:
    address = request.client.host if request.client else "unknown"
    return await credentials.check_log_in(runtime_of(request), address, body)


async def _choosing_password(body: PasswordChoice) -> Chosen[PasswordChoice]:
    return await credentials.choose(body)


async def _changing_password(request: Request, body: PasswordChange) -> CheckedChange:
    authorization = request.headers.get("authorization")
    return await credentials.check_change(runtime_of(request), authorization, body)


async def _as_long_as_ever() -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    ends = loop.time() + RESET_SECONDS
    yield
    await asyncio.sleep(ends - loop.time())


@routes.create(
    "/signup",
    public=True,
    answer=SignedUp,
    location="/v1/tenant",
    limit=COSTLY,
    errors=(actions.SlugTaken, actions.EmailTaken),
    summary="Sign up a business",
)
def sign_up(
    work: Work, chosen: Annotated[Chosen[SignUp], Depends(_signing_up)]
) -> actions.NewSession:
    """Make a tenant on trial, its administrator and a session that works at once.

    The administrator gets a mail to verify the e-mail address.
    """
    return actions.sign_up(work, chosen.request, chosen.password_hash)


@routes.act(
    "/auth/login",
    public=True,
    answer=LoggedIn,
    errors=(credentials.InvalidCredentials, TenantSuspended),
    summary="Log in",
)
def log_in(
    work: Work, checked: Annotated[CheckedLogIn, Depends(_logging_in)]
) -> actions.NewSession:
    """Exchange an e-mail address and a password for a bearer token.

    Too many wrong passwords are answered 429, for a quarter of an hour at most; whoever fails
    elsewhere does not keep an account's owner out of where they have logged in before.
    """
    return actions.log_in(work, checked)


@routes.add("POST", "/auth/logout", status=204, summary="Log out")
def log_out(work: Work) -> None:
    """End the session of the token that this request carries."""
    actions.log_out(work)


@routes.act(
    "/auth/verify-email",
    public=True,
    answer=UserView,
    limit=COSTLY,
    errors=(proofs.InvalidToken, TenantSuspended),
    summary="Verify an e-mail address",
)
def verify_email(work: Work, body: EmailProof) -> User:
    """Use the token of a verification mail: it works once, for three days.

    The mail's link leads to `/verify-email?token=…` below `SLOTY_PUBLIC_URL`: a page of this API that
    makes this call, or one of yours.
    """
    return recovery.verify_email(work, body.token)


@routes.add(
    "POST",
    "/auth/verify-email/resend",
    status=202,
    limit=COSTLY,
    errors=(recovery.AlreadyVerified,),
    summary="Send the verification mail again",
)
def resend_verification(work: Work) -> None:
    """Mail a new token to the caller's own address; the earlier ones are worth nothing then.

    More than five an hour are accepted and not sent.
    """
    recovery.resend_verification(work)


@routes.add(
    "POST",
    "/auth/password-reset",
    public=True,
    status=202,
    limit=COSTLY,
    dependencies=[Depends(_as_long_as_ever, scope="function")],
    summary="Ask for a password reset",
)
def request_password_reset(work: Work, body: ResetRequest) -> None:
    """Mail a token to the user with this address; the answer is the same if there is none.

    The mail's link leads to `/reset-password?token=…` below `SLOTY_PUBLIC_URL`. More than five an
    hour are accepted and not sent.
    """
    recovery.request_reset(work, body.email)


@routes.act(
    "/auth/password-reset/confirm",
    public=True,
    answer=UserView,
    limit=COSTLY,
    errors=(proofs.InvalidToken, TenantSuspended),
    summary="Choose a password",
)
def confirm_password_reset(
    work: Work, chosen: Annotated[Chosen[PasswordChoice], Depends(_choosing_password)]
) -> User:
    """Use the token of a reset (one hour) or of an invitation (seven days), once.

    It sets the password, verifies the e-mail address and ends all of the user's sessions. An
    invitation's link leads to `/accept-invitation?token=…` below `SLOTY_PUBLIC_URL`.
    """
    return recovery.choose_password(work, chosen.request.token, chosen.password_hash)


@routes.read("/me", answer=Me, summary="Who am I?")
def read_me(work: Work) -> queries.Oneself:
    """The user behind the token, and their tenant."""
    return queries.oneself(work)


@routes.change("/me", answer=Me, errors=(VersionConflict,), summary="Change yourself")
def change_me(work: Work, body: MeChange) -> queries.Oneself:
    """Change what is named; role and permissions are for an administrator to change."""
    return oneself.change_me(work, body)


@routes.act(
    "/me/password",
    answer=UserView,
    limit=COSTLY,
    errors=(oneself.WrongPassword,),
    summary="Change your password",
)
def change_password(
    work: Work, checked: Annotated[CheckedChange, Depends(_changing_password)]
) -> User:
    """Needs the present password; the user's other sessions end."""
    return oneself.change_password(work, checked)
