"""Nobody gives more than they have, nor changes somebody who has more."""

from collections.abc import Iterable

from sloty_shared.errors import Forbidden
from sloty_shared.models import UserRole
from sloty_shared.permissions import Permission, reach
from sloty_shared.web.caller import Caller


def refuse_beyond(caller: Caller, role: UserRole, grants: Iterable[str] = ()) -> None:
    """Raise Forbidden where the role with these grants reaches further than the caller does."""
    grants = list(grants)
    for permission in Permission:
        if reach(role, grants, permission) > caller.reach(permission):
            raise Forbidden(f"This needs the permission {permission}, which you do not have.")
