"""The fifteen types of form fields: the rules of each, what answers it, and its JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, StrictBool, StringConstraints, TypeAdapter

from sloty_booking.forms.rules import (
    MAX_TEXT_LENGTH,
    CountRules,
    DateRules,
    FileRules,
    InstantRules,
    NoRules,
    Number,
    NumberRules,
    Rules,
    TextRules,
    TimeOfDay,
    TimeRules,
)
from sloty_shared.models import ParameterType, ServiceParameter
from sloty_shared.web.fields import (
    AnyDate,
    EmailAddress,
    Instant,
    Line,
    Lines,
    PhoneNumber,
    UuidId,
    WebAddress,
)

MAX_LINE_LENGTH = 1000


def _fits(kind: Any) -> AfterValidator:
    """Check a text as this field type does, and keep it as it was given."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def check(text: str) -> str:
        adapter.validate_python(text)
        return text

    return AfterValidator(check)


_NO_BLANKS = StringConstraints(pattern=r"^\S*$")
_Line = Annotated[str, StringConstraints(max_length=MAX_LINE_LENGTH), _fits(Annotated[str, Line])]
_Lines = Annotated[str, StringConstraints(max_length=MAX_TEXT_LENGTH), _fits(Annotated[str, Lines])]
_Email = Annotated[str, _NO_BLANKS, _fits(EmailAddress)]
_Phone = Annotated[str, _fits(PhoneNumber)]
_Url = Annotated[str, _NO_BLANKS, _fits(WebAddress)]


@dataclass(frozen=True)
class FieldType:
    """One type of form field."""

    rules: type[Rules]
    value: TypeAdapter[Any]
    schema: Mapping[str, Any]

    def rules_of(self, parameter: ServiceParameter) -> Rules:
        return self.rules.model_validate(parameter.validation or {})


def _text(value: Any, **schema: Any) -> FieldType:
    return FieldType(TextRules, TypeAdapter(value), {"type": "string", **schema})


def _one() -> FieldType:
    return FieldType(NoRules, TypeAdapter(str), {"type": "string"})


def _several() -> FieldType:
    schema = {"type": "array", "uniqueItems": True, "items": {"type": "string"}}
    return FieldType(CountRules, TypeAdapter(list[str]), schema)


FIELD_TYPES: Mapping[ParameterType, FieldType] = {
    ParameterType.TEXT: _text(_Line, maxLength=MAX_LINE_LENGTH),
    ParameterType.TEXTAREA: _text(_Lines, maxLength=MAX_TEXT_LENGTH),
    ParameterType.EMAIL: _text(_Email, format="email", maxLength=254),
    ParameterType.PHONE: _text(_Phone, pattern=r"^\+?[0-9 ().\/-]{4,40}$", maxLength=41),
    ParameterType.URL: _text(_Url, format="uri", pattern="^[Hh][Tt][Tt][Pp][Ss]?:", maxLength=2000),
    ParameterType.NUMBER: FieldType(NumberRules, TypeAdapter(Number), {"type": "number"}),
    ParameterType.DATE: FieldType(
        DateRules, TypeAdapter(AnyDate), {"type": "string", "format": "date"}
    ),
    ParameterType.TIME: FieldType(
        TimeRules,
        TypeAdapter(TimeOfDay),
        {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
    ),
    ParameterType.DATETIME: FieldType(
        InstantRules, TypeAdapter(Instant), {"type": "string", "format": "date-time"}
    ),
    ParameterType.BOOLEAN: FieldType(NoRules, TypeAdapter(StrictBool), {"type": "boolean"}),
    ParameterType.SELECT: _one(),
    ParameterType.RADIO: _one(),
    ParameterType.MULTISELECT: _several(),
    ParameterType.CHECKBOX: _several(),
    ParameterType.FILE: FieldType(
        FileRules, TypeAdapter(UuidId), {"type": "string", "format": "uuid"}
    ),
}
WITH_OPTIONS = frozenset(
    {
        ParameterType.SELECT,
        ParameterType.RADIO,
        ParameterType.MULTISELECT,
        ParameterType.CHECKBOX,
    }
)


def option_values(parameter: ServiceParameter) -> list[str]:
    """What can be chosen, in the order in which it was defined."""
    return [
        option["value"] if isinstance(option, dict) else option
        for option in parameter.options or ()
    ]


def option_labels(parameter: ServiceParameter) -> dict[str, str]:
    """What the reader sees, for those options that say so."""
    return {
        option["value"]: option["label"]
        for option in parameter.options or ()
        if isinstance(option, dict)
    }
