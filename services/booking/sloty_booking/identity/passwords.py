"""Passwords: argon2id, a few at a time, and the same time for users who do not exist."""

from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's minimum for argon2id (Password Storage Cheat Sheet); each hash takes 19 MiB meanwhile.
_hasher = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
_places = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    with _places:
        return _hasher.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; with none stored it takes as long to say no."""
    with _places:
        matches = _hasher.verify(password, stored or _nobodys_hash())
    return matches and stored is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash("nobody has this password")
