"""What an id_token proves: signed by the provider, for us, for this sign-in, and not over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import TypeAdapter

# Signatures that the provider alone can make: never `none`, and no secret that two know.
ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
]
KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
# By how much the provider's clock may differ from ours.
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255

Keys: TypeAlias = KeySet
_key_documents = TypeAdapter(list[dict[str, Any]])


class UnknownKey(Exception):
    """Signed with a key that is not among these."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say to be meant for this sign-in."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None
    algorithms: list[str]


def read_keys(document: dict[str, Any]) -> Keys:
    """The keys for signatures; others, such as ones for encryption, are left out."""
    found = [
        key
        for key in _key_documents.validate_python(document.get("keys"))
        if key.get("kty") in KEY_TYPES and key.get("use", "sig") == "sig"
    ]
    return KeySet.import_key_set({"keys": found})


def proven_claims(id_token: str, keys: Keys, expected: Expected, now: datetime) -> dict[str, Any]:
    """Raises UnknownKey, or JoseError where anything else about the token is wrong."""
    try:
        read = jwt.decode(
            id_token,
            keys,
            registry=JWSRegistry(algorithms=expected.algorithms, strict_check_header=False),
        )
    except (InvalidKeyIdError, BadSignatureError) as problem:
        raise UnknownKey from problem
    except ValueError as problem:
        raise JoseError("not a token") from problem
    claims = CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        {
            "nonce": expected.nonce,
            "client_id": expected.client_id,
            "access_token": expected.access_token,
        },
    )
    claims.validate(int(now.timestamp()), LEEWAY_SECONDS)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise InvalidClaimError("sub")
    if not subject.isprintable():
        raise InvalidClaimError("sub")
    return dict(claims)
