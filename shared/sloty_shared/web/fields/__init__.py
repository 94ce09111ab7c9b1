"""Field types that refuse, once for all schemas, what would hurt later.

A schema writes `name: ShortText` and need not think about NUL bytes, half surrogates, years that
PostgreSQL cannot give back or `true` as a number. Every refusal is a validation error.
"""

from sloty_shared.web.fields.currencies import ACTIVE_CURRENCIES
from sloty_shared.web.fields.identifiers import UuidId, parse_id
from sloty_shared.web.fields.json_values import JsonObject, JsonValue
from sloty_shared.web.fields.moments import (
    END_OF_TIME,
    AnyDate,
    Instant,
    LocalDate,
    QueryInstant,
    QueryInstantOrDate,
    WallTime,
    parse_any_date,
    parse_date,
    parse_instant,
)
from sloty_shared.web.fields.numbers import (
    Count,
    DayOfWeek,
    Days,
    Hours,
    Int32,
    Latitude,
    Longitude,
    Minutes,
    Money,
)
from sloty_shared.web.fields.text import (
    Currency,
    EmailAddress,
    Line,
    Lines,
    Locale,
    LongText,
    PhoneNumber,
    QueryZoneName,
    ShortText,
    Slug,
    WebAddress,
    ZoneName,
)

__all__ = [
    "ACTIVE_CURRENCIES",
    "END_OF_TIME",
    "AnyDate",
    "Count",
    "Currency",
    "DayOfWeek",
    "Days",
    "EmailAddress",
    "Hours",
    "Instant",
    "Int32",
    "JsonObject",
    "JsonValue",
    "Latitude",
    "Line",
    "Lines",
    "LocalDate",
    "Locale",
    "LongText",
    "Longitude",
    "Minutes",
    "Money",
    "PhoneNumber",
    "QueryInstant",
    "QueryInstantOrDate",
    "QueryZoneName",
    "ShortText",
    "Slug",
    "UuidId",
    "WallTime",
    "WebAddress",
    "ZoneName",
    "parse_any_date",
    "parse_date",
    "parse_id",
    "parse_instant",
]
