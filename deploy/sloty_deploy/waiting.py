"""Waiting for something to become true, for a limited time."""

import time
from collections.abc import Callable
from typing import TypeVar

from sloty_deploy.refusal import Refusal

POLL_SECONDS = 0.05

Found = TypeVar("Found")


def wait_for(look: Callable[[], Found], *, within_seconds: float, otherwise: str) -> Found:
    """Look until what is found is true, and return it. Raise Refusal saying `otherwise` if late."""
    deadline = time.monotonic() + within_seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Refusal(otherwise)
        time.sleep(POLL_SECONDS)
