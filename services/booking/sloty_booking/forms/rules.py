"""The rules that a form field may keep, checked when they are defined and when they are answered."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from sloty_booking.forms.patterns import MAX_LENGTH, check_pattern, matches
from sloty_shared.web.fields import AnyDate, Instant, ShortText
from sloty_shared.web.schemas import ApiModel

MAX_TEXT_LENGTH = 10_000
MAX_OPTIONS = 500
MAX_CONTENT_TYPES = 50
_CONTENT_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]*/(\*|[a-z0-9][a-z0-9.+-]*)")

T = TypeVar("T")


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("This must be a number")
    return value


def _content_type(value: str) -> str:
    if not _CONTENT_TYPE.fullmatch(value):
        raise ValueError("A content type is written as application/pdf or image/*")
    return value


Number = Annotated[int | float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A wall-clock time from 00:00 to 23:59."""
Length = Annotated[int, Field(strict=True, ge=0, le=MAX_TEXT_LENGTH)]
OptionCount = Annotated[int, Field(strict=True, ge=0, le=MAX_OPTIONS)]
Pattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_LENGTH, pattern=r"^[^\x00]*$"),
    AfterValidator(check_pattern),
]


class Rules(ApiModel):
    """`keywords` says under which names the rules stand in a JSON Schema."""

    keywords: ClassVar[Mapping[str, str]] = {}

    def faults(self, _value: Any, /) -> Iterator[str]:
        """What is wrong with a value of the field's type."""
        yield from ()


class NoRules(Rules):
    """For a field whose type says it all."""


class TextRules(Rules):
    """For TEXT, TEXTAREA, EMAIL, PHONE and URL; lengths count characters."""

    keywords: ClassVar[Mapping[str, str]] = {
        "minLength": "minLength",
        "maxLength": "maxLength",
        "pattern": "pattern",
    }

    min_length: Length | None = Field(None, examples=[2])
    max_length: Length | None = Field(None, examples=[80])
    pattern: Pattern | None = Field(
        None,
        description="A regular expression of ECMA-262 without look-around and backreferences; it "
        "is looked for anywhere in the text.",
        examples=["^[A-Z]{2}[0-9]+$"],
    )

    @field_validator("max_length")
    @classmethod
    def _in_order(cls, value: int | None, info: ValidationInfo) -> int | None:
        least = info.data.get("min_length")
        if value is not None and least is not None and value < least:
            raise ValueError("This is below minLength")
        return value

    def faults(self, value: str, /) -> Iterator[str]:
        if self.min_length is not None and len(value) < self.min_length:
            yield f"This has fewer than {self.min_length} characters"
        if self.max_length is not None and len(value) > self.max_length:
            yield f"This has more than {self.max_length} characters"
        if self.pattern is not None and not matches(self.pattern, value):
            yield f"This does not match {self.pattern}"


class Bounds(Rules, Generic[T]):
    """The smallest and the largest value, both allowed."""

    keywords: ClassVar[Mapping[str, str]] = {"min": "formatMinimum", "max": "formatMaximum"}

    min: T | None = None
    max: T | None = None

    @field_validator("max")
    @classmethod
    def _in_order(cls, value: Any, info: ValidationInfo) -> Any:
        least = info.data.get("min")
        if value is not None and least is not None and value < least:
            raise ValueError("This is below min")
        return value

    def faults(self, value: Any, /) -> Iterator[str]:
        if self.min is not None and value < self.min:
            yield f"This is below {_written(self.min)}"
        if self.max is not None and value > self.max:
            yield f"This is above {_written(self.max)}"


class NumberRules(Bounds[Number]):
    """For NUMBER."""

    keywords: ClassVar[Mapping[str, str]] = {"min": "minimum", "max": "maximum"}


class DateRules(Bounds[AnyDate]):
    """For DATE."""


class TimeRules(Bounds[TimeOfDay]):
    """For TIME."""


class InstantRules(Bounds[Instant]):
    """For DATETIME."""


class CountRules(Bounds[OptionCount]):
    """For MULTISELECT and CHECKBOX: how many options are chosen."""

    keywords: ClassVar[Mapping[str, str]] = {"min": "minItems", "max": "maxItems"}

    def faults(self, value: list[str], /) -> Iterator[str]:
        if self.min is not None and len(value) < self.min:
            yield f"Choose at least {self.min}"
        if self.max is not None and len(value) > self.max:
            yield f"Choose at most {self.max}"


class FileRules(Rules):
    """For FILE; they are kept when an appointment is booked with the file."""

    keywords: ClassVar[Mapping[str, str]] = {
        "maxBytes": "x-maxBytes",
        "contentTypes": "x-contentTypes",
    }

    max_bytes: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None = Field(
        None, examples=[1_000_000]
    )
    content_types: (
        Annotated[
            list[Annotated[ShortText, AfterValidator(_content_type)]],
            Field(min_length=1, max_length=MAX_CONTENT_TYPES),
        ]
        | None
    ) = Field(None, examples=[["application/pdf", "image/*"]])


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
