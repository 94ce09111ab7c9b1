"""Checking what somebody answered in a service's form."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sloty_booking.forms.field_types import FIELD_TYPES, WITH_OPTIONS, option_values
from sloty_shared.errors import FieldError
from sloty_shared.models import ServiceParameter
from sloty_shared.web.problems import field_error

PARAMETERS = ("body", "parameters")


def check_answers(
    parameters: Sequence[ServiceParameter], answers: Mapping[str, Any]
) -> list[FieldError]:
    """Every fault of the answers, by name of their parameters, with pointers `/parameters/<name>`.

    An answer of null is no answer. Whether a file is there is for `files.attach` to say.
    """
    known = {parameter.name for parameter in parameters}
    unknown = [
        field_error({"loc": (*PARAMETERS, name), "type": "extra_forbidden"})
        for name in answers
        if name not in known
    ]
    return unknown + [
        fault
        for parameter in parameters
        for fault in _faults(parameter, answers.get(parameter.name))
    ]


def _faults(parameter: ServiceParameter, answer: Any) -> Iterator[FieldError]:
    place = (*PARAMETERS, parameter.name)
    if parameter.required and _is_missing(answer):
        yield _fault(place, "This is required")
        return
    if answer is None:
        return
    kind = FIELD_TYPES[parameter.type]
    try:
        value = kind.value.validate_python(answer)
    except ValidationError as problem:
        for found in problem.errors(include_url=False, include_input=False):
            yield field_error({**found, "loc": (*place, *found["loc"])})
        return
    if parameter.type in WITH_OPTIONS:
        yield from _wrong_choices(parameter, value, place)
    for said in kind.rules_of(parameter).faults(value):
        yield _fault(place, said)


def _wrong_choices(
    parameter: ServiceParameter, value: str | list[str], place: tuple[str, ...]
) -> Iterator[FieldError]:
    options = option_values(parameter)
    if isinstance(value, str):
        if value not in options:
            yield _fault(place, "This is not one of the options")
        return
    for position, chosen in enumerate(value):
        if chosen not in options:
            yield _fault((*place, position), "This is not one of the options")
        elif chosen in value[:position]:
            yield _fault((*place, position), "This is chosen already")


def _is_missing(answer: Any) -> bool:
    is_blank = isinstance(answer, str) and not answer.strip()
    return answer is None or answer == [] or is_blank


def _fault(place: tuple[str | int, ...], said: str) -> FieldError:
    return field_error({"loc": place, "type": "answer", "msg": said})
