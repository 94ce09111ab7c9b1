"""Numbers from outside: whole ones with bounds, and money."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

_MONEY = re.compile(r"[0-9]{1,8}(\.[0-9]{1,2})?")
_CENT = Decimal("0.01")
_MAX_MONEY = 99_999_999

# Strict: neither true nor 1.0 nor "1" is taken for the number 1.
Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
"""A whole number that PostgreSQL's integer holds."""

Count = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
"""A whole number from 0."""

Minutes = Annotated[int, Field(strict=True, ge=0, le=366 * 24 * 60)]
"""Whole minutes, up to a year."""

Hours = Annotated[int, Field(strict=True, ge=0, le=10 * 366 * 24)]
"""Whole hours, up to ten years."""

Days = Annotated[int, Field(strict=True, ge=0, le=10 * 366)]
"""Whole days, up to ten years."""

DayOfWeek = Annotated[int, Field(strict=True, ge=0, le=6)]
"""0 is Sunday, 6 is Saturday."""

Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
"""Degrees north."""

Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
"""Degrees east."""


def _parse_money(value: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value.quantize(_CENT)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_MONEY:
        return Decimal(value).quantize(_CENT)
    if isinstance(value, str) and _MONEY.fullmatch(value):
        return Decimal(value).quantize(_CENT)
    raise ValueError('Money is a decimal string from "0" to "99999999.99", such as "49.50"')


Money = Annotated[
    Decimal,
    BeforeValidator(_parse_money),
    PlainSerializer(lambda amount: f"{amount:.2f}", return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"},
                {"type": "integer", "minimum": 0, "maximum": _MAX_MONEY},
            ],
            "examples": ["49.50"],
        },
        mode="validation",
    ),
    WithJsonSchema(
        {"type": "string", "pattern": r"^[0-9]{1,8}\.[0-9]{2}$", "examples": ["49.50"]},
        mode="serialization",
    ),
]
"""An amount with two decimals: a decimal string in (a whole number passes too) and out."""
