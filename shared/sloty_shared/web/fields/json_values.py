"""Free JSON from outside, such as settings and form values, as PostgreSQL's jsonb can hold it."""

import json
import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

MAX_DEPTH = 20
MAX_BYTES = 64 * 1024
_MAX_INTEGER = 2**63 - 1
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


def _check_json(value: Any) -> Any:
    """Pass the value on if it can be stored and read back as it is."""
    _check(value, MAX_DEPTH)
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_BYTES:
        raise ValueError(f"This JSON is larger than {MAX_BYTES} bytes")
    return value


def _check(value: Any, depth_left: int) -> None:
    if isinstance(value, dict | list):
        if depth_left == 0:
            raise ValueError(f"This JSON is nested deeper than {MAX_DEPTH} levels")
        for key in value if isinstance(value, dict) else ():
            _check_text(key)
        for member in value.values() if isinstance(value, dict) else value:
            _check(member, depth_left - 1)
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float):
        _check_number(value)


def _check_text(text: str) -> None:
    if _UNSTORABLE.search(text):
        raise ValueError("Neither NUL nor half a surrogate pair is allowed in JSON")


def _check_number(number: float) -> None:
    if not math.isfinite(number) or (isinstance(number, int) and abs(number) > _MAX_INTEGER):
        raise ValueError("A number in JSON must fit 64 bits")


JsonValue = Annotated[Any, BeforeValidator(_check_json)]
"""Any JSON: 20 levels, 64 KiB, numbers of 64 bits, no NUL."""

JsonObject = Annotated[dict[str, Any], Field(strict=True), AfterValidator(_check_json)]
"""A JSON object under the same limits."""
