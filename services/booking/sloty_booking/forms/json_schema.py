"""A service's form as JSON Schema 2020-12, for clients that draw it or check answers with it."""

from collections.abc import Sequence
from typing import Any

from sloty_booking.forms.field_types import (
    FIELD_TYPES,
    WITH_OPTIONS,
    option_labels,
    option_values,
)
from sloty_shared.models import ParameterType, Service, ServiceParameter

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BLANK_TYPES = frozenset({ParameterType.TEXT, ParameterType.TEXTAREA})
_SOMETHING_TO_SEE = r"\S"


def form_schema(service: Service, parameters: Sequence[ServiceParameter]) -> dict[str, Any]:
    """The form of these parameters, in their order; always the same for the same rows.

    What JSON Schema has no keyword for stands in `formatMinimum` and `formatMaximum` (the bounds
    of dates and times) and in members that begin with `x-`.
    """
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": f"urn:uuid:{service.id}",
        "title": service.name,
        "type": "object",
        "properties": {each.name: _property(each) for each in parameters},
        "required": [each.name for each in parameters if each.required],
        "additionalProperties": False,
    }
    return schema


def _property(parameter: ServiceParameter) -> dict[str, Any]:
    schema = {
        "title": parameter.label,
        "description": parameter.description,
        **FIELD_TYPES[parameter.type].schema,
        **_choices(parameter),
        **_rules(parameter),
        "x-type": parameter.type.value,
        "x-order": parameter.order,
        "x-group": parameter.group,
        "x-labels": option_labels(parameter) or None,
    }
    return {name: value for name, value in schema.items() if value is not None}


def _choices(parameter: ServiceParameter) -> dict[str, Any]:
    if parameter.type not in WITH_OPTIONS:
        return {}
    values = {"type": "string", "enum": option_values(parameter)}
    is_list = FIELD_TYPES[parameter.type].schema["type"] == "array"
    return {"items": values} if is_list else values


def _rules(parameter: ServiceParameter) -> dict[str, Any]:
    """The type's own limits and the field's rules, both of them."""
    kind = FIELD_TYPES[parameter.type]
    rules = kind.rules_of(parameter)
    stated = rules.model_dump(mode="json", by_alias=True, exclude_none=True)
    found = {rules.keywords[name]: value for name, value in stated.items()}
    if "maxLength" in kind.schema:
        found["maxLength"] = min(
            kind.schema["maxLength"], found.get("maxLength", kind.schema["maxLength"])
        )
    patterns = [kind.schema.get("pattern"), found.pop("pattern", None)]
    if parameter.required:
        if parameter.type in _BLANK_TYPES:
            patterns.append(_SOMETHING_TO_SEE)
        if kind.schema["type"] == "array":
            found["minItems"] = max(1, found.get("minItems", 1))
    return found | _all_of([pattern for pattern in patterns if pattern])


def _all_of(patterns: list[str]) -> dict[str, Any]:
    """One keyword holds one pattern."""
    if len(patterns) < 2:  # noqa: PLR2004 - of one pattern there is nothing to join.
        return {"pattern": patterns[0]} if patterns else {}
    first, *others = patterns
    return {"pattern": first, "allOf": [{"pattern": other} for other in others]}
