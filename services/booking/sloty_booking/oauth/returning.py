"""A sign-in's two requests before their transaction: none is held while a provider is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from fastapi.concurrency import run_in_threadpool

from sloty_booking.identity import attempts
from sloty_booking.oauth import begun as sign_ins
from sloty_booking.oauth import provider as providers
from sloty_booking.oauth.begun import Begun
from sloty_booking.oauth.errors import (
    IdentityNotProven,
    InvalidState,
    SentBack,
    SignInDeclined,
)
from sloty_booking.oauth.provider import Identity
from sloty_shared.errors import FieldError, Invalid, NotFound, SlotyError
from sloty_shared.identity_providers import IdentityProvider
from sloty_shared.web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Beginning:
    """A sign-in that begins, and where the browser goes for it."""

    begun: Begun
    url: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A sign-in that comes back with somebody whom the provider has identified."""

    begun: Begun
    identity: Identity


@dataclass(frozen=True, slots=True)
class Answered:
    """What the provider put into the address on the way back."""

    code: str | None
    state: str | None
    error: str | None
    issuer: str | None


async def begin(runtime: Runtime, name: str, page: str | None) -> Beginning:
    """Raises NotFound, Invalid for a page that may not be sent a token, or
    ProviderUnavailable.
    """
    provider = _configured(runtime, name)
    page = sign_ins.allowed_page(page, runtime.settings)
    begun = Begun.now(name, page, runtime.clock())
    with sending_back(begun):
        url = await providers.sign_in_url(provider, begun, _callback(runtime, name))
    return Beginning(begun, url)


async def finish(runtime: Runtime, name: str, cookie: str | None, answered: Answered) -> Returned:
    """Raises NotFound or InvalidState; and, or SentBack for it, Invalid, SignInDeclined,
    IdentityNotProven or ProviderUnavailable.
    """
    provider = _configured(runtime, name)
    now = runtime.clock()
    begun = sign_ins.begun_by(cookie, name, answered.state, runtime.encryption, now)
    await run_in_threadpool(_use, runtime, begun, now)
    with sending_back(begun):
        code = _code(provider, answered)
        callback = _callback(runtime, name)
        return Returned(begun, await providers.identify(provider, begun, code, callback, now))


@contextmanager
def sending_back(begun: Begun) -> Iterator[None]:
    """Raise SentBack for any refusal where a page waits for the answer."""
    try:
        yield
    except SlotyError as refusal:
        if begun.page is None:
            raise
        raise SentBack(begun.page, refusal) from refusal


def _configured(runtime: Runtime, name: str) -> IdentityProvider:
    found = runtime.settings.oauth_providers.get(name)
    if found is None:
        raise NotFound("There is no such identity provider.")
    return found


def _callback(runtime: Runtime, name: str) -> str:
    return sign_ins.callback_url(name, runtime.settings)


def _use(runtime: Runtime, begun: Begun, now: datetime) -> None:
    """Each sign-in comes back once, of many at the same moment too. Raises InvalidState."""
    with runtime.database.transaction() as session:
        once = attempts.limit_of("sign-in", begun.state, 1)
        if attempts.count(session, once, now, window=sign_ins.LIFETIME) is not None:
            raise InvalidState


def _code(provider: IdentityProvider, answered: Answered) -> str:
    if answered.error is not None:
        raise SignInDeclined
    if answered.issuer not in (None, provider.issuer):
        raise IdentityNotProven
    if answered.code is None:
        raise Invalid(errors=[FieldError("query:code", "Neither a code nor an error")])
    return answered.code
