"""Talking to an OpenID provider: where it is, sending a user there, and what it says of them.

Nothing here touches the database, so no connection waits for somebody else's server.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Annotated, Any

import httpx2
import structlog
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError
from joserfc.errors import JoseError
from pydantic import AfterValidator, BaseModel, TypeAdapter

from sloty_booking.oauth.begun import Begun
from sloty_booking.oauth.errors import IdentityNotProven, ProviderUnavailable
from sloty_booking.oauth.id_token import (
    ALGORITHMS,
    Expected,
    Keys,
    UnknownKey,
    proven_claims,
    read_keys,
)
from sloty_shared.identity_providers import IdentityProvider, is_safe_to_ask

# For each step, and for all that one request asks a provider.
STEP_SECONDS = 5
ALL_SECONDS = 12
KNOWN_FOR_SECONDS = 3600
# What RFC 6749 calls a code that is wrong, used up, of another client or of another verifier.
_WRONG_CODE = "invalid_grant"

_BASIC, _POST = "client_secret_basic", "client_secret_post"

_log = structlog.get_logger(__name__)


def _safe(url: str) -> str:
    if not is_safe_to_ask(url):
        raise ValueError("is not safe to ask")
    return url


SafeUrl = Annotated[str, AfterValidator(_safe)]
_documents = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave for a code."""

    access_token: str | None
    refresh_token: str | None
    id_token: str
    token_type: str | None
    scope: str | None
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the provider knows them: `claims` hold a `sub`, the rest is the provider's."""

    provider: str
    claims: dict[str, Any]
    tokens: Tokens


class Document(BaseModel):
    """What a provider says of itself, as far as it matters here."""

    issuer: str
    authorization_endpoint: SafeUrl
    token_endpoint: SafeUrl
    jwks_uri: SafeUrl
    userinfo_endpoint: SafeUrl | None = None
    token_endpoint_auth_methods_supported: list[str] = [_BASIC]
    id_token_signing_alg_values_supported: list[str] = ALGORITHMS

    @property
    def auth_method(self) -> str:
        return _BASIC if _BASIC in self.token_endpoint_auth_methods_supported else _POST

    @property
    def algorithms(self) -> list[str]:
        return [each for each in ALGORITHMS if each in self.id_token_signing_alg_values_supported]


@dataclass(slots=True)
class Known:
    """A provider's document and the keys it signs with, for an hour."""

    document: Document
    keys: Keys
    until: float


# By issuer; touched by the process's event loop alone.
_known: dict[str, Known] = {}


async def sign_in_url(provider: IdentityProvider, begun: Begun, redirect_uri: str) -> str:
    """Where the browser goes to sign in. Raises ProviderUnavailable."""
    async with _client(provider, redirect_uri) as client:
        known = await _discovered(client, provider)
        url, _ = client.create_authorization_url(
            known.document.authorization_endpoint,
            state=begun.state,
            code_verifier=begun.verifier,
            nonce=begun.nonce,
        )
    return str(url)


async def identify(
    provider: IdentityProvider, begun: Begun, code: str, redirect_uri: str, now: datetime
) -> Identity:
    """Who came back with this code. Raises IdentityNotProven or ProviderUnavailable."""
    async with _client(provider, redirect_uri) as client:
        known = await _discovered(client, provider)
        token = await client.fetch_token(
            known.document.token_endpoint,
            grant_type="authorization_code",
            code=code,
            code_verifier=begun.verifier,
            auth=client.client_auth(known.document.auth_method),
        )
        tokens = _tokens(token, now)
        claims = await _claims(client, provider, known, tokens, begun.nonce, now)
        if not {"email", "email_verified"} <= claims.keys() and known.document.userinfo_endpoint:
            claims |= await _user_info(client, known.document.userinfo_endpoint, claims["sub"])
    return Identity(begun.provider, claims, tokens)


@asynccontextmanager
async def _client(
    provider: IdentityProvider, redirect_uri: str
) -> AsyncIterator[AsyncOAuth2Client]:
    """A client for one exchange; whatever breaks in it is the provider's failure."""
    client = AsyncOAuth2Client(
        client_id=provider.client_id,
        client_secret=provider.client_secret.get_secret_value(),
        scope=" ".join(provider.scopes),
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        timeout=STEP_SECONDS,
        verify=_trusted(),
    )
    try:
        async with asyncio.timeout(ALL_SECONDS), client:
            yield client
    except OAuthError as refusal:
        if refusal.error == _WRONG_CODE:
            raise IdentityNotProven from refusal
        _log.warning("provider_refused", issuer=provider.issuer, error=str(refusal.error)[:100])
        raise ProviderUnavailable(retry_after_seconds=30) from refusal
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, ValueError, JoseError) as problem:
        _log.warning("provider_failed", issuer=provider.issuer, error=type(problem).__name__)
        raise ProviderUnavailable(retry_after_seconds=5) from problem


@cache
def _trusted() -> ssl.SSLContext:
    """Reading the trusted certificates takes tens of milliseconds, so it is done once."""
    return ssl.create_default_context()


async def _discovered(client: AsyncOAuth2Client, provider: IdentityProvider) -> Known:
    known = _known.get(provider.issuer)
    if known is None or time.monotonic() > known.until:
        known = await _discover(client, provider)
        _known[provider.issuer] = known
    return known


async def _discover(client: AsyncOAuth2Client, provider: IdentityProvider) -> Known:
    base = provider.issuer.rstrip("/")
    found = await _get(client, f"{base}/.well-known/openid-configuration")
    document = Document.model_validate(found)
    if document.issuer.rstrip("/") != base:
        raise ValueError("the provider calls itself otherwise")
    keys = read_keys(await _get(client, document.jwks_uri))
    return Known(document, keys, time.monotonic() + KNOWN_FOR_SECONDS)


async def _claims(
    client: AsyncOAuth2Client,
    provider: IdentityProvider,
    known: Known,
    tokens: Tokens,
    nonce: str,
    now: datetime,
) -> dict[str, Any]:
    """What the id_token proves; a key that is not known may have come since the last look."""
    expected = Expected(
        issuer=known.document.issuer,
        client_id=provider.client_id,
        nonce=nonce,
        access_token=tokens.access_token,
        algorithms=known.document.algorithms,
    )
    try:
        try:
            return proven_claims(tokens.id_token, known.keys, expected, now)
        except UnknownKey:
            known.keys = read_keys(await _get(client, known.document.jwks_uri))
            return proven_claims(tokens.id_token, known.keys, expected, now)
    except (JoseError, UnknownKey) as problem:
        _log.warning("id_token_refused", issuer=provider.issuer, error=str(problem)[:200])
        raise IdentityNotProven from problem


async def _user_info(client: AsyncOAuth2Client, url: str, subject: str) -> dict[str, Any]:
    """The address where the id_token leaves it out, as the specification lets it."""
    found = await _get(client, url, withhold_token=False)
    if found.get("sub") != subject:
        raise IdentityNotProven
    return {name: found[name] for name in ("email", "email_verified") if name in found}


async def _get(
    client: AsyncOAuth2Client, url: str, *, withhold_token: bool = True
) -> dict[str, Any]:
    answer = await client.request("GET", url, withhold_token=withhold_token)
    return _documents.validate_json(answer.raise_for_status().content)


def _tokens(token: dict[str, Any], now: datetime) -> Tokens:
    """Raises IdentityNotProven where there is no id_token."""
    if not isinstance(token.get("id_token"), str):
        raise IdentityNotProven
    texts = {
        name: value if isinstance(value := token.get(name), str) else None
        for name in ("access_token", "refresh_token", "token_type", "scope")
    }
    lasts = token.get("expires_in")
    # The column is the seed model's, of four bytes.
    ends = int(now.timestamp()) + lasts if isinstance(lasts, int) else None
    in_reach = ends is not None and 0 < ends < 1 << 31
    return Tokens(id_token=token["id_token"], expires_at=ends if in_reach else None, **texts)
