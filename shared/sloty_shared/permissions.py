"""Who may do what: the one table of roles, what each may do, and whether to all rows or its own."""

from collections.abc import Iterable, Mapping
from enum import IntEnum, StrEnum

from sloty_shared.models import UserRole


class Permission(StrEnum):
    """A resource and what is done to it; a user's extra grants are written the same way."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    API_KEYS_READ = "api-keys:read"
    API_KEYS_WRITE = "api-keys:write"
    LOCATIONS_READ = "locations:read"
    LOCATIONS_WRITE = "locations:write"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_WRITE = "providers:write"
    SERVICES_READ = "services:read"
    SERVICES_WRITE = "services:write"
    SCHEDULES_READ = "schedules:read"
    SCHEDULES_WRITE = "schedules:write"
    SLOTS_READ = "slots:read"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    CUSTOMERS_ERASE = "customers:erase"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    WAITLIST_READ = "waitlist:read"
    WAITLIST_WRITE = "waitlist:write"
    REMINDER_RULES_READ = "reminder-rules:read"
    REMINDER_RULES_WRITE = "reminder-rules:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    AUDIT_READ = "audit:read"
    PLATFORM_READ = "platform:read"
    PLATFORM_WRITE = "platform:write"


class Reach(IntEnum):
    """How far a permission goes: to no row, to the caller's own, to all of the tenant."""

    NONE = 0
    OWN = 1
    ALL = 2


PLATFORM = frozenset({Permission.PLATFORM_READ, Permission.PLATFORM_WRITE})
# What everybody who is logged in sees of a business: what its public page shows.
_SHOP_WINDOW = {
    Permission.LOCATIONS_READ: Reach.ALL,
    Permission.PROVIDERS_READ: Reach.ALL,
    Permission.SERVICES_READ: Reach.ALL,
    Permission.SLOTS_READ: Reach.ALL,
}

ROLE_PERMISSIONS: Mapping[UserRole, Mapping[Permission, Reach]] = {
    UserRole.SUPER_ADMIN: dict.fromkeys(Permission, Reach.ALL),
    UserRole.TENANT_ADMIN: dict.fromkeys(set(Permission) - PLATFORM, Reach.ALL),
    UserRole.STAFF: {
        **_SHOP_WINDOW,
        Permission.TENANT_READ: Reach.ALL,
        Permission.SCHEDULES_READ: Reach.ALL,
        Permission.SCHEDULES_WRITE: Reach.ALL,
        Permission.CUSTOMERS_READ: Reach.ALL,
        Permission.CUSTOMERS_WRITE: Reach.ALL,
        Permission.APPOINTMENTS_READ: Reach.ALL,
        Permission.APPOINTMENTS_WRITE: Reach.ALL,
        Permission.WAITLIST_READ: Reach.ALL,
        Permission.WAITLIST_WRITE: Reach.ALL,
        Permission.REMINDER_RULES_READ: Reach.ALL,
        Permission.NOTIFICATIONS_READ: Reach.ALL,
    },
    UserRole.PROVIDER: {
        **_SHOP_WINDOW,
        Permission.SCHEDULES_READ: Reach.OWN,
        Permission.SCHEDULES_WRITE: Reach.OWN,
        Permission.APPOINTMENTS_READ: Reach.OWN,
        Permission.APPOINTMENTS_WRITE: Reach.OWN,
    },
    UserRole.USER: {
        **_SHOP_WINDOW,
        Permission.APPOINTMENTS_READ: Reach.OWN,
        Permission.APPOINTMENTS_WRITE: Reach.OWN,
    },
}


def reach(role: UserRole, grants: Iterable[str], permission: Permission) -> Reach:
    """How far the role, or one of the user's own grants, lets this permission go."""
    if permission in grants and permission not in PLATFORM:
        return Reach.ALL
    return ROLE_PERMISSIONS[role].get(permission, Reach.NONE)
