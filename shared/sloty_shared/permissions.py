"""Who may do what: the one table of roles and the permissions that each carries."""

from collections.abc import Mapping
from enum import StrEnum

from sloty_shared.models import UserRole


class Permission(StrEnum):
    """A resource and what is done to it; a user's extra grants are written the same way."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    CATALOG_READ = "catalog:read"
    CATALOG_WRITE = "catalog:write"
    CALENDAR_READ = "calendar:read"
    CALENDAR_WRITE = "calendar:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"


_STAFF = frozenset(
    {
        Permission.TENANT_READ,
        Permission.CATALOG_READ,
        Permission.CALENDAR_READ,
        Permission.CALENDAR_WRITE,
        Permission.CUSTOMERS_READ,
        Permission.CUSTOMERS_WRITE,
        Permission.APPOINTMENTS_READ,
        Permission.APPOINTMENTS_WRITE,
        Permission.NOTIFICATIONS_READ,
    }
)

ROLE_PERMISSIONS: Mapping[UserRole, frozenset[Permission]] = {
    UserRole.SUPER_ADMIN: frozenset(Permission),
    UserRole.TENANT_ADMIN: frozenset(Permission),
    UserRole.STAFF: _STAFF,
    UserRole.PROVIDER: frozenset({Permission.CATALOG_READ}),
    UserRole.USER: frozenset({Permission.CATALOG_READ}),
}


def permissions_of(role: UserRole, extra: list[str]) -> frozenset[str]:
    """The role's permissions and a user's own grants."""
    return ROLE_PERMISSIONS[role] | frozenset(extra)
