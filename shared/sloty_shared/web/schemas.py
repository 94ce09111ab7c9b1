"""The base of every request and answer: camelCase, and nothing taken that was not asked for."""

from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

Choice = Annotated[E, Field(strict=False)]
"""One of an enum's values in a request: `status: Choice[ServiceStatus]`."""


def _refuse_what_is_a_fault(value: Any) -> Any:
    if isinstance(value, ValueError):
        raise value
    return value


Checked = Annotated[T, BeforeValidator(_refuse_what_is_a_fault)]
"""A field that `faults_between` may find wrong: `userId: Checked[UuidId | None]`."""


# Of a property, and not of the one kind of value that it may have.
_SAID_OF_A_PROPERTY = ("title", "description", "default", "examples", "deprecated")


def _say_that_null_is_absent(schema: dict[str, Any]) -> None:
    """The API's document lets `null` stand wherever a field may be left out."""
    for name, told in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or {"type": "null"} in told.get("anyOf", ()):
            continue
        said = {word: told.pop(word) for word in _SAID_OF_A_PROPERTY if word in told}
        kinds = told.pop("anyOf", None) or [dict(told)]
        told.clear()
        told.update({"anyOf": [*kinds, {"type": "null"}], **said})


class ApiModel(BaseModel):
    """A request body: camelCase names only, unknown ones refused, nothing coerced.

    A `null` stands for a field that was left out. A creation then takes its default, a change
    (`model_dump(exclude_unset=True)`) leaves the field as it is; text is cleared with `""`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        strict=True,
        frozen=True,
        json_schema_extra=_say_that_null_is_absent,
    )

    @classmethod
    def faults_between(cls, data: Mapping[str, Any]) -> Mapping[str, ValueError]:  # noqa: ARG003 - For those that look.
        """What is wrong between fields of a body of which none has been read, by the field's alias.

        It is told beside the faults of the fields themselves. Each field named here is Checked.
        """
        return {}

    @model_validator(mode="before")
    @classmethod
    def _before_fields(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = _without_null(cls, data) if None in data.values() else data
        return {**given, **cls.faults_between(given)}


def _without_null(body: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    known = {field.alias for field in body.model_fields.values()}
    return {key: value for key, value in data.items() if value is not None or key not in known}


class Resource(BaseModel):
    """An answer, built by field names or from a row's attributes, written in camelCase.

    Every field is always there, `null` where there is no value.
    """

    model_config = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=to_camel),
        serialize_by_alias=True,
        from_attributes=True,
        json_schema_serialization_defaults_required=True,
    )
