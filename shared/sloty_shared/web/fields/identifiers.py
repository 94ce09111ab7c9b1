"""Ids from outside."""

import re
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, WithJsonSchema

# Python's own reader also takes braces, `urn:uuid:` and hyphens anywhere.
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def parse_id(value: Any) -> UUID:
    """A UUID from its canonical text; a UUID object passes. Raises ValueError."""
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    raise ValueError("An id is a UUID, such as 01936b2e-7c5a-7d3f-8a41-5f0c2b9d6e17")


UuidId = Annotated[
    UUID, BeforeValidator(parse_id), WithJsonSchema({"type": "string", "format": "uuid"})
]
"""An id of ours. As a path parameter a malformed one is answered like an unknown one: 404."""
