"""`/v1/users`."""

from sloty_booking.identity.actions import EmailTaken
from sloty_booking.identity.schemas import UserView
from sloty_booking.users import actions, queries
from sloty_booking.users.schemas import Invitation, UserChange
from sloty_shared.errors import NotFound, VersionConflict
from sloty_shared.models import User, UserRole, UserStatus
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery, listing
from sloty_shared.web.rate_limits import COSTLY
from sloty_shared.web.work import Work

routes = Routes(tags=["users"])


@routes.create(
    "/users",
    allow=Permission.USERS_WRITE,
    answer=UserView,
    limit=COSTLY,
    errors=(EmailTaken,),
    summary="Invite a user",
)
def invite_user(work: Work, body: Invitation) -> User:
    """Add somebody who chooses a password by the token of the mail that they get.

    Nobody gives a role that may do more than their own.
    """
    return actions.invite(work, email=body.email, name=body.name, role=body.role)


@routes.act(
    "/users/{user_id}/invite",
    allow=Permission.USERS_WRITE,
    answer=UserView,
    limit=COSTLY,
    errors=(NotFound, actions.AlreadyJoined),
    summary="Invite a user again",
)
def invite_user_again(work: Work, user_id: UuidId) -> User:
    """Send a new token; the earlier ones are worth nothing then."""
    return actions.invite_again(work, user_id)


@routes.read("/users", allow=Permission.USERS_READ, answer=Listing[UserView], summary="List users")
def list_users(
    work: Work,
    page: PageQuery,
    role: UserRole | None = None,
    status: UserStatus | None = None,
    q: ShortText | None = None,
) -> Listing[UserView]:
    """The tenant's users, oldest first; `q` is looked for in names and e-mail addresses."""
    return listing(UserView, queries.users(work, page, role=role, status=status, q=q))


@routes.read(
    "/users/{user_id}",
    allow=Permission.USERS_READ,
    answer=UserView,
    errors=(NotFound,),
    summary="Read a user",
)
def read_user(work: Work, user_id: UuidId) -> User:
    """One user."""
    return queries.user(work, user_id)


@routes.change(
    "/users/{user_id}",
    allow=Permission.USERS_WRITE,
    answer=UserView,
    errors=(NotFound, VersionConflict, actions.LastAdmin),
    summary="Change a user",
)
def change_user(work: Work, user_id: UuidId, body: UserChange) -> User:
    """Change what is named.

    Nobody gives more rights than they have, or changes somebody who has more. The last active
    administrator stays one.
    """
    return actions.change_user(work, user_id, body)


@routes.remove(
    "/users/{user_id}",
    allow=Permission.USERS_WRITE,
    errors=(NotFound, VersionConflict, actions.LastAdmin),
    summary="Delete a user",
)
def delete_user(work: Work, user_id: UuidId) -> None:
    """End the user's sessions and keep them out.

    Whom appointments or the audit speak of stays, as INACTIVE, and whom they are as a provider takes
    no more appointments; an invitation that nobody accepted disappears.
    """
    actions.remove_user(work, user_id)
