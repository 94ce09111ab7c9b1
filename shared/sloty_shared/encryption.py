"""What may not lie in the database in clear: sealed under keys made from SLOTY_SECRET_KEY."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class NotOurs(Exception):
    """The sealed value was changed, or sealed under another key or for another purpose."""


class Encryption:
    """Seals values and makes tokens; each purpose has a key of its own."""

    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode()

    def seal(self, clear: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher(purpose).encrypt(nonce, clear, None)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises NotOurs."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher(purpose).decrypt(nonce, rest, None)
        except (InvalidTag, ValueError) as problem:
            raise NotOurs from problem

    def seal_text(self, clear: str, purpose: str) -> str:
        """The same for text that is kept where text is: a column, a cookie."""
        return base64.urlsafe_b64encode(self.seal(clear.encode(), purpose)).decode()

    def open_text(self, sealed: str, purpose: str) -> str:
        """Raises NotOurs."""
        try:
            return self.open(base64.urlsafe_b64decode(sealed), purpose).decode()
        except ValueError as problem:
            raise NotOurs from problem

    def token(self, purpose: str, row_id: UUID) -> str:
        """The token that goes with a row: made anew whenever it is needed, so never stored."""
        mac = hmac.new(self._key(f"token {purpose}"), row_id.bytes, hashlib.sha256)
        return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")

    def _cipher(self, purpose: str) -> AESGCM:
        return AESGCM(self._key(f"seal {purpose}"))

    def _key(self, purpose: str) -> bytes:
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return derivation.derive(self._secret)
