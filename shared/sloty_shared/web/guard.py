"""Who may call one route, decided before anything is said about the caller's input."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from limits import RateLimitItem

from sloty_shared.errors import (
    Forbidden,
    NotFound,
    SlotyError,
    SubscriptionRequired,
    TenantSuspended,
    TooManyRequests,
    Unauthenticated,
)
from sloty_shared.hot_statements import Asker
from sloty_shared.models import Tenant
from sloty_shared.permissions import Permission
from sloty_shared.web.caller import (
    Admitted,
    enter_tenant_by_code,
    enter_tenant_by_slug,
    enter_tenant_by_waitlist_code,
    identify,
)
from sloty_shared.web.doors import Question

# A public route with one of these in its path acts inside the tenant of that slug, of the
# appointment with that confirmation code, or of the waitlist entry with that code.
ENTER_TENANT = {
    "slug": enter_tenant_by_slug,
    "confirmation_code": enter_tenant_by_code,
    "waitlist_code": enter_tenant_by_waitlist_code,
}


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may call one route, and how often."""

    needs_login: bool
    permission: Permission | None
    creates: bool
    limit: RateLimitItem | None = None

    def errors(self, path: str) -> tuple[type[SlotyError], ...]:
        """The refusals that the route's description names."""
        refusals: list[type[SlotyError]] = [TooManyRequests]
        if self.needs_login:
            refusals += [Unauthenticated, Forbidden, TenantSuspended]
        elif any(f"{{{name}}}" in path for name in ENTER_TENANT):
            refusals += [NotFound, TenantSuspended]
        if self.creates and len(refusals) > 1:
            refusals.append(SubscriptionRequired)
        return tuple(refusals)

    def admit(
        self, asker: Asker, request: Request, now: datetime, question: Question | None = None
    ) -> Admitted:
        """Let the caller in, and the transaction into their tenant; ask the question there.

        Raises Unauthenticated, Forbidden, TenantSuspended, SubscriptionRequired, or NotFound for
        a slug or a confirmation code that nobody has.
        """
        if self.needs_login:
            caller, found = identify(
                asker,
                request.headers.get("authorization"),
                now=now,
                acting_in=request.headers.get("sloty-tenant"),
                question=question,
            )
            if self.permission is not None:
                caller.require(self.permission)
            self._refuse_closed(caller.tenant, now)
            return Admitted(caller=caller, found=found)
        named = [name for name in ENTER_TENANT if name in request.path_params]
        if not named:
            return Admitted()
        enter = ENTER_TENANT[named[0]]
        tenant, found = enter(asker, request.path_params[named[0]], question)
        if not tenant.may_log_in:
            raise TenantSuspended
        self._refuse_closed(tenant, now)
        return Admitted(public_tenant=tenant, found=found)

    def _refuse_closed(self, tenant: Tenant, now: datetime) -> None:
        if not self.creates:
            return
        # Nobody has logged in there, but a SUPER_ADMIN may act inside of it.
        if not tenant.may_log_in:
            raise TenantSuspended
        if not tenant.may_create(now):
            raise SubscriptionRequired


def guard_of(request: Request) -> Guard:
    """That of the route which the request was found to be for."""
    found: Guard = vars(request.scope["route"].endpoint)["guard"]
    return found
