"""The base of every request and answer: camelCase, and nothing taken that was not asked for."""

from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

E = TypeVar("E", bound=Enum)

Choice = Annotated[E, Field(strict=False)]
"""One of an enum's values in a request: `status: Choice[ServiceStatus]`."""


class ApiModel(BaseModel):
    """A request body: camelCase names only, unknown ones refused, nothing coerced.

    A `null` stands for a field that was left out. A creation then takes its default, a change
    (`model_dump(exclude_unset=True)`) leaves the field as it is; text is cleared with `""`.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_equals_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict) or None not in data.values():
            return data
        known = {field.alias for field in cls.model_fields.values()}
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
