"""`/v1/signup`, `/v1/auth` and `/v1/me`."""

from sloty_booking.identity import actions
from sloty_booking.identity.schemas import LoggedIn, LogIn, Me, SignedUp, SignUp
from sloty_shared.errors import TenantSuspended
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.work import Work

routes = Routes(tags=["identity"])


@routes.create(
    "/signup",
    public=True,
    allow=None,
    answer=SignedUp,
    location="/v1/tenant",
    errors=(actions.SlugTaken, actions.EmailTaken),
    summary="Sign up a business",
)
def sign_up(work: Work, body: SignUp) -> actions.NewSession:
    """Make a tenant on trial, its administrator and a session that works at once."""
    return actions.sign_up(work, body)


@routes.act(
    "/auth/login",
    public=True,
    allow=None,
    answer=LoggedIn,
    errors=(actions.InvalidCredentials, TenantSuspended),
    summary="Log in",
)
def log_in(work: Work, body: LogIn) -> actions.NewSession:
    """Exchange an e-mail address and a password for a bearer token."""
    return actions.log_in(work, body)


@routes.add("POST", "/auth/logout", allow=None, status=204, summary="Log out")
def log_out(work: Work) -> None:
    """End the session of the token that this request carries."""
    actions.log_out(work)


@routes.read("/me", allow=None, answer=Me, summary="Who am I?")
def read_me(work: Work) -> Me:
    """The user behind the token, and their tenant."""
    user, tenant = work.caller.person, work.tenant
    return Me.model_validate({**vars(user), "tenant": tenant})
