"""The JSON Schema of a form says of answers what checking them says, where it can say it."""

from math import isfinite
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sloty_booking.forms.answers import check_answers
from sloty_booking.forms.json_schema import DIALECT, form_schema
from sloty_shared.models import Service

from .test_answers import REFUSED, RULES, TAKEN, parameter

SERVICE = Service(id=UUID(int=7), name="Massage")
# What no keyword of JSON Schema says: invisible characters, domains that cannot exist, bounds of
# dates and times, digits of a telephone number, schemes and years that nobody uses.
UNSAID = {
    "TEXT": {"a\nb", "a\x00", "a\u202eb", "\ud800"},
    "TEXTAREA": {"a\x00", "\x1b[0m"},
    "EMAIL": {"a@b", "a@b.invalid", "x" * 300},
    "PHONE": {"1" * 30},
    "DATE": {"0000-01-01"},
    "FILE": set(),
}
# Of addresses the keyword's format knows only those in ASCII.
STRICTER = {"EMAIL": ["Zoë@mail.example"]}
NAMES = st.sampled_from(["one", "two", "three"])
CHARACTERS = st.sampled_from("abcAB1 é")
TEXTS = st.text(CHARACTERS, max_size=6)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(-5, 5),
    TEXTS,
    st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=4),
    st.sampled_from(["2026-11-23", "09:30", "2026-11-23T09:00:00Z", "a@mail.example"]),
    st.sampled_from(["https://example.com/", "+49 30 123456", str(UUID(int=9)), "2026-13-01"]),
)
LENGTHS = st.fixed_dictionaries(
    {},
    optional={
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(2, 5),
        "pattern": st.sampled_from([r"^[a-b]+$", r"\d", r"\bA", "^.{2}", r"^\w*$", "^[^ ]", "b$"]),
    },
)
COUNTS = st.fixed_dictionaries({}, optional={"min": st.integers(0, 1), "max": st.integers(1, 3)})
NUMBERS = st.fixed_dictionaries({}, optional={"min": st.floats(-3, 0), "max": st.integers(0, 3)})
RULES_OF = {
    **dict.fromkeys(["TEXT", "TEXTAREA"], LENGTHS),
    **dict.fromkeys(["MULTISELECT", "CHECKBOX"], COUNTS),
    "NUMBER": NUMBERS,
}


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(TAKEN)))
    rules = draw(RULES_OF.get(kind, st.just({})))
    return {"kind": kind, "required": draw(st.booleans()), "validation": rules}


FORMS = st.dictionaries(NAMES, fields(), max_size=3)
ANSWERS = st.dictionaries(st.one_of(NAMES, st.just("other")), VALUES, max_size=4)


def accepts(schema: dict[str, Any], answers: dict[str, Any]) -> bool:
    validator = jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
    )
    return validator.is_valid(answers)


def field_schema(**field: Any) -> dict[str, Any]:
    return form_schema(SERVICE, [parameter("f", field.pop("kind"), **field)])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FORMS, ANSWERS)
def test_schema_and_check_agree(form: dict[str, Any], answers: dict[str, Any]) -> None:
    # That null is no answer holds for all of the API and is not said again.
    answers = {name: value for name, value in answers.items() if value is not None}
    rows = [parameter(name, **field) for name, field in form.items()]
    schema = form_schema(SERVICE, rows)
    jsonschema_rs.meta.validate(schema)
    assert accepts(schema, answers) == (check_answers(rows, answers) == [])


@pytest.mark.parametrize("kind", TAKEN)
def test_schema_takes_the_values_of_each_type(kind: str) -> None:
    schema = field_schema(kind=kind)
    jsonschema_rs.meta.validate(schema)
    refused = [value for value in TAKEN[kind] if not accepts(schema, {"f": value})]
    assert refused == STRICTER.get(kind, [])


@pytest.mark.parametrize("kind", REFUSED)
def test_schema_refuses_what_it_can(kind: str) -> None:
    schema = field_schema(kind=kind)
    unsaid = UNSAID.get(kind, set())
    for value in REFUSED[kind]:
        if isinstance(value, str) and value in unsaid:
            continue
        if isinstance(value, float) and not isfinite(value):
            continue  # No JSON.
        assert not accepts(schema, {"f": value}), value


@pytest.mark.parametrize(("kind", "rules", "taken", "refused"), RULES)
def test_schema_keeps_the_rules(
    kind: str, rules: Any, taken: list[Any], refused: list[Any]
) -> None:
    schema = field_schema(kind=kind, validation=rules)
    jsonschema_rs.meta.validate(schema)
    assert [value for value in taken if not accepts(schema, {"f": value})] == []
    if kind not in {"DATE", "TIME", "DATETIME"}:
        assert [value for value in refused if accepts(schema, {"f": value})] == []


def test_schema_says_how_to_draw_the_form() -> None:
    rows = [
        parameter("when", "DATE", required=True, validation={"min": "2026-01-01"}, order=1),
        parameter("who", "PHONE", description="Ours", group="You", order=2),
        parameter("what", "RADIO", required=True),
        parameter("how", "CHECKBOX", required=True, validation={"max": 2}),
        parameter("scan", "FILE", validation={"contentTypes": ["image/*"], "maxBytes": 9}),
    ]
    schema = form_schema(SERVICE, rows)
    assert {name: value for name, value in schema.items() if name != "properties"} == {
        "$schema": DIALECT,
        "$id": f"urn:uuid:{SERVICE.id}",
        "title": "Massage",
        "type": "object",
        "required": ["when", "what", "how"],
        "additionalProperties": False,
    }
    drawn = {"title": "A label", "x-order": 0}
    chosen = {"type": "string", "enum": ["a", "b", "c"]}
    assert schema["properties"] == {
        "when": drawn
        | {"type": "string", "format": "date", "formatMinimum": "2026-01-01"}
        | {"x-type": "DATE", "x-order": 1},
        "who": drawn
        | {"type": "string", "pattern": r"^\+?[0-9 ().\/-]{4,40}$", "maxLength": 41}
        | {"description": "Ours", "x-type": "PHONE", "x-order": 2, "x-group": "You"},
        "what": drawn | chosen | {"x-type": "RADIO", "x-labels": {"b": "Bee"}},
        "how": drawn
        | {"type": "array", "items": chosen, "uniqueItems": True, "minItems": 1, "maxItems": 2}
        | {"x-type": "CHECKBOX", "x-labels": {"b": "Bee"}},
        "scan": drawn
        | {"type": "string", "format": "uuid", "x-type": "FILE"}
        | {"x-maxBytes": 9, "x-contentTypes": ["image/*"]},
    }
    assert form_schema(SERVICE, rows) == schema
    assert str(uuid4()) not in str(schema)
