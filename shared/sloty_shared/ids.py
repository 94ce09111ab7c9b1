"""Ids and secrets made by us: UUIDv7 keys, bearer tokens, confirmation codes."""

import hashlib
import secrets
import time
from uuid import UUID

# Crockford's alphabet: no letter can be mistaken for a digit when a code is read out.
_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 20
API_KEY_MARK = "sloty_"
API_KEY_PREFIX_LENGTH = len(API_KEY_MARK) + 6


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): the time in milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_token() -> str:
    """A bearer token of 256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def new_api_key() -> str:
    """A key of 256 random bits; its mark tells programs that look for leaked secrets what it is."""
    return API_KEY_MARK + secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """The SHA-256 under which a token is stored: it has too many random bits to be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_confirmation_code() -> str:
    """A code of 100 random bits in twenty characters that survive being read out."""
    # A byte has eight times as many values as the alphabet: no letter is likelier than another.
    size = len(_CODE_ALPHABET)
    return "".join(_CODE_ALPHABET[byte % size] for byte in secrets.token_bytes(_CODE_LENGTH))
