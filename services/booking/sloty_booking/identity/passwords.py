"""Passwords: argon2id, a few at a time in threads of their own, as slow for users who do not exist."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from sloty_shared.errors import Unavailable

# OWASP's minimum for argon2id (Password Storage Cheat Sheet); each hash takes 19 MiB meanwhile.
hasher = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
# Half of the machine at most: the other half goes on answering everything else.
_threads = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) // 2), thread_name_prefix="password")
# Who would wait longer than a few seconds is told to come back.
MOST_WAITING = 200
_waiting = 0

Result = TypeVar("Result")


async def hash_password(password: str) -> str:
    """What is stored of a new password. Raises Unavailable where too many wait already."""
    return await _in_turn(lambda: hasher.hash(password))


async def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether it is the stored password, and a new hash where the stored one is of an older kind.

    With none stored it takes as long to say no. Raises Unavailable where too many wait already.
    """
    return await _in_turn(lambda: _verify(password, stored))


def _verify(password: str, stored: str | None) -> tuple[bool, str | None]:
    matches, renewed = hasher.verify_and_update(password, stored or _nobodys_hash(hasher))
    return (matches, renewed) if stored is not None else (False, None)


async def _in_turn(work: Callable[[], Result]) -> Result:
    """Wait for a thread without holding a connection, a thread of the requests, or the loop."""
    global _waiting  # noqa: PLW0603 - One count a process, touched by its event loop alone.
    if _waiting >= MOST_WAITING:
        raise Unavailable("Too many passwords are being checked; try again.")
    _waiting += 1
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        _waiting -= 1


@cache
def _nobodys_hash(by: PasswordHash) -> str:
    return by.hash("nobody has this password")
