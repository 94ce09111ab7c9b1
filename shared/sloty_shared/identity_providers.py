"""The OpenID providers at which users may sign in, as the operator names them."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)
from pydantic.alias_generators import to_camel
from pydantic_settings import NoDecode

EXAMPLE = '{"google": {"issuer": "https://accounts.google.com", "clientId": …, "clientSecret": …}}'
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Without the first there is no id_token, without the second nobody who could be linked.
NEEDED_SCOPES = ("openid", "email")


def is_safe_to_ask(url: str) -> bool:
    """Whether what is sent there and comes from there stays between us: TLS, or this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    if not is_safe_to_ask(url) or parts.query or parts.fragment:
        raise ValueError("must be an https:// URL (http:// is for this machine alone)")
    return url


def _scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    if not set(NEEDED_SCOPES) <= set(scopes):
        raise ValueError("must hold openid and email")
    return scopes


class IdentityProvider(BaseModel):
    """One OpenID provider, and what it knows us as."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    scopes: Annotated[tuple[str, ...], AfterValidator(_scopes)] = (*NEEDED_SCOPES, "profile")


def _read(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ValueError(f"must be JSON such as {EXAMPLE}") from None


# The name stands in paths and beside each account that is linked.
ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
IdentityProviders = Annotated[
    Mapping[ProviderName, IdentityProvider], NoDecode, BeforeValidator(_read)
]
"""By the name that stands in the paths of sign-in."""
