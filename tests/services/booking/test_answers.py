"""Answers to a form: each type's values, each rule, and every fault named at once."""

from typing import Any
from uuid import uuid4

import pytest

from sloty_booking.forms.answers import check_answers
from sloty_booking.forms.schemas import NewParameter
from sloty_shared.models import ServiceParameter

OPTIONS = ["a", {"value": "b", "label": "Bee"}, "c"]
WITH_OPTIONS = {"SELECT", "MULTISELECT", "RADIO", "CHECKBOX"}
NO_TEXTS = [1, True, ["a"], {"a": 1}, 1.5]
AT = "2026-11-23T09:00:00Z"

TAKEN: dict[str, list[Any]] = {
    "TEXT": ["a", "", " a ", "Zoë 😀", "x" * 1000],
    "TEXTAREA": ["a\nb\r\n\tc", "", "x" * 10_000],
    "NUMBER": [0, -1.5, 2**60, 1e300],
    "EMAIL": ["a@b.example", "Zoë@mail.example", "a+b@sub.mail.example"],
    "PHONE": ["+49 (30) 123-456", "0301234", "110 1"],
    "DATE": ["1931-04-05", "0001-01-01", "9999-12-31", "2024-02-29"],
    "TIME": ["00:00", "23:59"],
    "DATETIME": [AT, "2026-11-23T09:00:00.123456+05:30"],
    "BOOLEAN": [True, False],
    "SELECT": ["a", "b", "c"],
    "RADIO": ["a", "b", "c"],
    "MULTISELECT": [[], ["b"], ["c", "a", "b"]],
    "CHECKBOX": [[], ["b"], ["c", "a", "b"]],
    "FILE": [str(uuid4())],
    "URL": ["https://example.com/a?b#c", "http://example.com:8080"],
}
REFUSED: dict[str, list[Any]] = {
    "TEXT": [*NO_TEXTS, "a\nb", "a\x00", "a\u202eb", "x" * 1001, "\ud800"],
    "TEXTAREA": [*NO_TEXTS, "a\x00", "\x1b[0m", "x" * 10_001],
    "NUMBER": ["1", True, [1], {}, float("nan"), float("inf"), "NaN"],
    "EMAIL": [*NO_TEXTS, "a", "a@b", " a@b.example", "a@b.invalid", "a@@b.example", "", "x" * 300],
    "PHONE": [*NO_TEXTS, "12", "call me", "+", "1" * 30, ""],
    "DATE": [*NO_TEXTS, "2026-02-30", "23.11.2026", AT, "2026-1-1", "", "0000-01-01"],
    "TIME": [*NO_TEXTS, "24:00", "9:00", "09:00:00", "09:60", "", "09:00\n"],
    "DATETIME": [*NO_TEXTS, AT[:-1], "2026-11-23", "2026-02-30T00:00:00Z", "", "now"],
    "BOOLEAN": [0, 1, "true", "", [True], {}],
    "SELECT": [1, True, ["a"], {"value": "b"}, "B", "Bee", "", "a "],
    "RADIO": [1, True, ["a"], "B", "Bee", ""],
    "MULTISELECT": [1, "a", {"a": True}],
    "CHECKBOX": [1, "a", True, {"a": True}],
    "FILE": [*NO_TEXTS, "", "x", "{" + str(uuid4()) + "}"],
    "URL": [
        *NO_TEXTS,
        "",
        "example.com",
        "ftp://example.com",
        "javascript:alert(1)",
        "https://a b",
    ],
}
RULES: list[tuple[str, dict[str, Any], list[Any], list[Any]]] = [
    ("TEXT", {"minLength": 2, "maxLength": 3}, ["ab", "😀😀😀"], ["a", "abcd", ""]),
    ("TEXT", {"pattern": "^[A-Z]+$"}, ["AB"], ["Ab", ""]),
    ("TEXTAREA", {"pattern": "^b$"}, ["b"], ["a\nb"]),
    ("EMAIL", {"pattern": "@corp[.]example$"}, ["a@corp.example"], ["a@corp.example.com"]),
    ("PHONE", {"minLength": 6}, ["030123"], ["03012"]),
    ("URL", {"maxLength": 20}, ["https://example.com"], ["https://example.com/more"]),
    ("NUMBER", {"min": -1, "max": 1.5}, [-1, 0, 1.5], [-1.01, 1.51, 10**18]),
    ("NUMBER", {"min": 0}, [0, 10**18], [-1]),
    (
        "DATE",
        {"min": "2026-01-01", "max": "2026-01-02"},
        ["2026-01-02"],
        ["2025-12-31", "2026-01-03"],
    ),
    ("TIME", {"min": "09:00", "max": "17:00"}, ["09:00", "17:00"], ["08:59", "17:01"]),
    (
        "DATETIME",
        {"min": AT, "max": "2026-11-23T10:00:00+01:00"},
        [AT, "2026-11-23T04:00:00-05:00"],
        ["2026-11-23T09:00:00+01:00", "2026-11-23T09:00:00.000001Z"],
    ),
    ("MULTISELECT", {"min": 1, "max": 2}, [["a"], ["a", "b"]], [[], ["a", "b", "c"]]),
    ("CHECKBOX", {"max": 1}, [[], ["a"]], [["a", "b"]]),
    ("FILE", {"maxBytes": 1, "contentTypes": ["image/*"]}, [str(uuid4())], []),
]


def parameter(name: str, kind: str, **more: Any) -> ServiceParameter:
    """A field as it is stored, defined as through the API."""
    options = {"options": OPTIONS} if kind in WITH_OPTIONS else {}
    body = {"name": name, "label": "A label", "type": kind} | options | more
    return ServiceParameter(**NewParameter.model_validate(body).columns())


def pointers(parameters: list[ServiceParameter], answers: dict[str, Any]) -> list[str]:
    return [fault.pointer for fault in check_answers(parameters, answers)]


@pytest.mark.parametrize("kind", TAKEN)
def test_values_of_each_type_are_taken(kind: str) -> None:
    field = parameter("f", kind)
    assert [value for value in TAKEN[kind] if check_answers([field], {"f": value})] == []


@pytest.mark.parametrize("kind", REFUSED)
def test_values_of_no_type_are_refused(kind: str) -> None:
    field = parameter("f", kind)
    taken = [value for value in REFUSED[kind] if not check_answers([field], {"f": value})]
    assert taken == []
    for value in REFUSED[kind]:
        for pointer in pointers([field], {"f": value}):
            assert pointer == "/parameters/f" or pointer.startswith("/parameters/f/")


@pytest.mark.parametrize(("kind", "rules", "taken", "refused"), RULES)
def test_rules_are_kept(kind: str, rules: Any, taken: list[Any], refused: list[Any]) -> None:
    field = parameter("f", kind, validation=rules)
    for value in taken:
        assert check_answers([field], {"f": value}) == [], value
    for value in refused:
        assert pointers([field], {"f": value}) == ["/parameters/f"], value


def test_each_rule_that_is_broken_is_named() -> None:
    field = parameter("f", "TEXT", validation={"minLength": 3, "pattern": "^[A-Z]+$"})
    faults = check_answers([field], {"f": "a"})
    assert [fault.detail for fault in faults] == [
        "This has fewer than 3 characters",
        "This does not match ^[A-Z]+$",
    ]


@pytest.mark.parametrize("kind", TAKEN)
def test_required_answer_must_be_there(kind: str) -> None:
    optional, required = parameter("f", kind), parameter("f", kind, required=True)
    missing: list[dict[str, Any]] = [{}, {"f": None}, {"f": ""}, {"f": " \n"}, {"f": []}]
    for answers in missing:
        faults = check_answers([required], answers)
        assert [(fault.pointer, fault.detail) for fault in faults] == [
            ("/parameters/f", "This is required")
        ]
    assert check_answers([optional], {}) == check_answers([optional], {"f": None}) == []
    filled = [value for value in TAKEN[kind] if value not in ("", [])]
    assert [value for value in filled if check_answers([required], {"f": value})] == []


@pytest.mark.parametrize("kind", ["MULTISELECT", "CHECKBOX"])
def test_each_wrong_choice_is_named(kind: str) -> None:
    field = parameter("f", kind)
    chosen = ["a", "x", "b", "a", 1]
    assert pointers([field], {"f": chosen}) == ["/parameters/f/4"]
    assert pointers([field], {"f": chosen[:4]}) == ["/parameters/f/1", "/parameters/f/3"]


def test_every_fault_is_named_at_once() -> None:
    fields = [
        parameter("age", "NUMBER", required=True, validation={"min": 18}),
        parameter("mail", "EMAIL"),
        parameter("sizes", "MULTISELECT"),
        parameter("fine", "TEXT", required=True),
    ]
    answers = {"age": 17, "mail": "x", "sizes": ["a", "z"], "fine": "yes", "a/b~c": 1, "": 2}
    assert pointers(fields, answers) == [
        "/parameters/a~1b~0c",
        "/parameters/",
        "/parameters/age",
        "/parameters/mail",
        "/parameters/sizes/1",
    ]
    assert pointers([], {}) == []
