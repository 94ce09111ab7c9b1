"""The JSON of a form's fields."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    Field,
    RootModel,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from sloty_booking.forms.field_types import FIELD_TYPES, WITH_OPTIONS
from sloty_booking.forms.rules import (
    MAX_OPTIONS,
    CountRules,
    DateRules,
    FileRules,
    InstantRules,
    NoRules,
    NumberRules,
    Rules,
    TextRules,
    TimeRules,
)
from sloty_shared.models import ParameterType
from sloty_shared.web.changes import Clearable
from sloty_shared.web.fields import Int32, JsonObject, LongText, ShortText
from sloty_shared.web.schemas import ApiModel, Choice, Resource

ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
"""What answers are given by: a letter or underscore, then letters, digits and underscores."""

_SHORT_TEXT: TypeAdapter[str] = TypeAdapter(ShortText)


class LabelledOption(ApiModel):
    value: ShortText = Field(examples=["vegan"])
    label: ShortText = Field(description="What the reader sees.", examples=["Vegan"])


def _option(given: Any, _validate: Any) -> str | LabelledOption:
    """Faults are told of the kind that was given, not of both."""
    if isinstance(given, dict):
        return LabelledOption.model_validate(given)
    return _SHORT_TEXT.validate_python(given, strict=True)


def _refuse_repeats(options: list[str | LabelledOption]) -> list[str | LabelledOption]:
    values = [option if isinstance(option, str) else option.value for option in options]
    repeats = [place for place, value in enumerate(values) if value in values[:place]]
    if repeats:
        raise faults({(place,): "This option is there already" for place in repeats})
    return options


Options = Annotated[
    list[Annotated[ShortText | LabelledOption, WrapValidator(_option)]],
    Field(max_length=MAX_OPTIONS),
    AfterValidator(_refuse_repeats),
]


def faults(said: dict[tuple[str | int, ...], str]) -> ValidationError:
    """Faults inside of a field, by their places in it."""
    return ValidationError.from_exception_data(
        "faults",
        [
            InitErrorDetails(
                type=PydanticCustomError("rule", "{said}", {"said": detail}), loc=place, input=None
            )
            for place, detail in said.items()
        ],
    )


class NewParameter(ApiModel):
    name: ParameterName = Field(
        description="What answers are given by; unique in the form.", examples=["birthday"]
    )
    label: ShortText = Field(description="What the reader sees.", examples=["Date of birth"])
    type: Choice[ParameterType]
    description: LongText | None = None
    required: bool = False
    options: Options | None = Field(
        None,
        description="For SELECT, RADIO, MULTISELECT and CHECKBOX, which need them: texts, or "
        "values with labels.",
        examples=[["small", {"value": "large", "label": "Large"}]],
        validate_default=True,
    )
    validation: (
        TextRules
        | NumberRules
        | DateRules
        | TimeRules
        | InstantRules
        | CountRules
        | FileRules
        | NoRules
        | None
    ) = Field(None, description="The rules of the field, of those that its type may have.")
    order: Int32 = Field(0, description="Fields stand in this order.", examples=[1])
    group: ShortText | None = Field(None, examples=["About you"])

    @field_validator("options")
    @classmethod
    def _there_if_needed(cls, value: Any, info: ValidationInfo) -> Any:
        # A type that is wrong itself is not in the data, and enough is said about it.
        kind = info.data.get("type")
        if kind in WITH_OPTIONS and not value:
            raise ValueError(f"{kind} needs options")
        if kind is not None and kind not in WITH_OPTIONS and value:
            raise ValueError(f"{kind} has no options")
        return value or None

    @field_validator("validation", mode="wrap")
    @classmethod
    def _of_the_type(cls, value: Any, _validate: Any, info: ValidationInfo) -> Rules | None:
        kind = info.data.get("type")
        if kind is None or value == {}:
            return None
        rules = FIELD_TYPES[kind].rules.model_validate(value)
        _refuse_impossible(kind, rules, info.data.get("options"))
        return rules

    def columns(self) -> dict[str, Any]:
        """As it is stored: rules as they are sent and answered, without those not given."""
        rules = self.model_dump(
            mode="json", include={"options", "validation"}, by_alias=True, exclude_none=True
        )
        return {
            **self.model_dump(exclude={"options", "validation"}),
            "options": rules.get("options"),
            "validation": rules.get("validation"),
        }


def _refuse_impossible(kind: ParameterType, rules: Rules, options: list[Any] | None) -> None:
    """Raise ValidationError for a rule that no answer could keep."""
    if isinstance(rules, CountRules) and options is not None and (rules.min or 0) > len(options):
        raise faults({("min",): f"There are only {len(options)} options"})
    longest = FIELD_TYPES[kind].schema.get("maxLength")
    if isinstance(rules, TextRules) and longest is not None and (rules.min_length or 0) > longest:
        raise faults({("minLength",): f"{kind} has at most {longest} characters"})


class ParameterChange(ApiModel):
    """What comes of it must be a field that could be added; `[]` and `{}` take rules away."""

    name: ParameterName | None = Field(None, examples=["birthday"])
    label: ShortText | None = Field(None, examples=["Date of birth"])
    type: Choice[ParameterType] | None = None
    description: Clearable[LongText] = None
    required: bool | None = None
    options: Options | None = None
    validation: JsonObject | None = Field(
        None, description="Replaced as a whole.", examples=[{"maxLength": 80}]
    )
    order: Int32 | None = Field(None, examples=[1])
    group: Clearable[ShortText] = Field(None, examples=["About you"])


class ParameterView(Resource):
    id: UUID
    service_id: UUID
    name: str
    label: str
    type: ParameterType
    description: str | None
    required: bool
    options: list[Any] | None
    validation: dict[str, Any] | None
    order: int
    group: str | None
    created_at: datetime
    updated_at: datetime


class Form(RootModel[dict[str, Any]]):
    """A JSON Schema."""
