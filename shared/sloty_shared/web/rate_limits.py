"""How often one caller may call: counted in this process, by token or else by address."""

import hashlib
import math
import time

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from sloty_shared.errors import TooManyRequests

# What any client may do, and far more than a person does; it bounds what one costs the others.
EVERY_ROUTE = RateLimitItemPerMinute(6000)
# For routes of which each call costs a password's hash, a tenant or a mail, from one address.
COSTLY = RateLimitItemPerMinute(120)


class RateLimits:
    """The limits of one process; switched off they let everything pass."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, request: Request, own_limit: RateLimitItem | None) -> None:
        """Count the request; raises TooManyRequests with the seconds to wait.

        `own_limit` is that of the route, counted by address: tokens are easily made, addresses are
        not.
        """
        if not self._enabled:
            return
        address = request.client.host if request.client else "unknown"
        self._count(EVERY_ROUTE, _caller_key(request, address))
        if own_limit is not None:
            self._count(own_limit, f"{request.method} {request.scope['route'].path} {address}")

    def _count(self, limit: RateLimitItem, key: str) -> None:
        if not self._limiter.hit(limit, key):
            reset = self._limiter.get_window_stats(limit, key).reset_time
            raise TooManyRequests(retry_after_seconds=max(1, math.ceil(reset - time.time())))


def _caller_key(request: Request, address: str) -> str:
    authorization = request.headers.get("authorization")
    if authorization is None:
        return address
    return hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).hexdigest()
