"""Passwords before a route's transaction: they are hashed and checked while no connection is held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from fastapi.concurrency import run_in_threadpool

from sloty_booking.identity import attempts, queries
from sloty_booking.identity.attempts import Attempt
from sloty_booking.identity.passwords import hash_password, verify_password
from sloty_booking.identity.schemas import (
    LogIn,
    PasswordChange,
    PasswordChoice,
    Registration,
    SignUp,
)
from sloty_shared.errors import TooManyRequests, Unauthenticated
from sloty_shared.models import User
from sloty_shared.web.caller import identify
from sloty_shared.web.runtime import Runtime

MOST_PASSWORD_CHANGES = 10

Choosing = TypeVar("Choosing", SignUp, Registration, PasswordChoice)


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong."""

    code = "invalid_credentials"
    title = "Invalid credentials"


@dataclass(frozen=True, slots=True)
class Chosen(Generic[Choosing]):
    """A request with a new password, and that password as it is stored."""

    request: Choosing
    password_hash: str


@dataclass(frozen=True, slots=True)
class CheckedLogIn:
    """A log-in whose password was right a moment ago; `renewed` is a stronger hash of it."""

    tenant_id: UUID
    user_id: UUID
    stored: str | None
    renewed: str | None
    attempt: Attempt | None


@dataclass(frozen=True, slots=True)
class CheckedChange:
    """A change of password: whether the present one was right a moment ago, and the new one."""

    matches: bool
    stored: str | None
    password_hash: str


async def choose(request: Choosing) -> Chosen[Choosing]:
    """Raises Unavailable."""
    return Chosen(request, await hash_password(request.password))


async def check_log_in(runtime: Runtime, address: str, request: LogIn) -> CheckedLogIn:
    """Raises InvalidCredentials, TooManyRequests with the seconds to wait, or Unavailable.

    An address that nobody has costs the same time as one that somebody has.
    """
    now = runtime.clock()
    user, attempt = await run_in_threadpool(_begin, runtime, address, request.email, now)
    if attempt is not None and attempt.wait_seconds is not None:
        raise TooManyRequests(retry_after_seconds=attempt.wait_seconds)
    stored = user.password if user else None
    matches, renewed = await verify_password(request.password, stored)
    if user is None or not matches:
        raise InvalidCredentials
    return CheckedLogIn(user.tenant_id, user.id, stored, renewed, attempt)


async def check_change(
    runtime: Runtime, authorization: str | None, request: PasswordChange
) -> CheckedChange:
    """Raises what `identify` raises, Forbidden for an API key, TooManyRequests or Unavailable."""
    user, wait_seconds = await run_in_threadpool(_begin_change, runtime, authorization)
    if wait_seconds is not None:
        raise TooManyRequests(retry_after_seconds=wait_seconds)
    matches, _ = await verify_password(request.current_password, user.password)
    return CheckedChange(matches, user.password, await hash_password(request.new_password))


def _begin(
    runtime: Runtime, address: str, email: str, now: datetime
) -> tuple[User | None, Attempt | None]:
    """A transaction of its own: the attempt stays counted although the log-in fails."""
    attempt = None
    with runtime.database.transaction() as session:
        if runtime.settings.rate_limit == "on":
            attempt = attempts.begin_log_in(session, email, address, now)
        found = queries.user_by_email(session, email)
    return (found[0] if found else None), attempt


def _begin_change(runtime: Runtime, authorization: str | None) -> tuple[User, int | None]:
    now = runtime.clock()
    with runtime.database.transaction() as session:
        # Whoever calls is known without their password's hash.
        caller, _ = identify(session, authorization, now=now)
        user = session.get_one(User, caller.person.id)
        wait_seconds = None
        if runtime.settings.rate_limit == "on":
            limit = attempts.limit_of("password change", str(user.id), MOST_PASSWORD_CHANGES)
            wait_seconds = attempts.count(session, limit, now)
    return user, wait_seconds
