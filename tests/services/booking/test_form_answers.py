"""Answers of a service's form: all faults at once, labels as they were, and none without a form."""

from typing import Any

import pytest
from tests.api_clients import Shop, answered

from .bookings import NINE, TEN, book_publicly, reread


def ask(shop: Shop, name: str, **fields: Any) -> Any:
    field = {"name": name, "label": f"Your {name}", "type": "TEXT"} | fields
    return shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)


@pytest.fixture
def asking(shop: Shop) -> Shop:
    """A shop whose service asks for an age, a reason and, if one likes, a colour."""
    ask(shop, "age", type="NUMBER", required=True, validation={"min": 18}, order=1)
    ask(shop, "reason", required=True, validation={"maxLength": 5}, order=2)
    ask(shop, "colour", type="SELECT", options=["red", "blue"], order=3)
    return shop


def answers_of(shop: Shop, booked: Any) -> list[tuple[str, str, Any]]:
    given = reread(shop, booked, include="parameters")["parameters"]
    return [(each["parameterName"], each["label"], each["value"]) for each in given]


def test_answers_are_kept_in_the_forms_order(asking: Shop) -> None:
    booked = asking.book(NINE, parameters={"colour": "red", "reason": "pain", "age": 41})
    assert answers_of(asking, booked) == [
        ("age", "Your age", 41),
        ("reason", "Your reason", "pain"),
        ("colour", "Your colour", "red"),
    ]


def test_label_stays_as_it_was_read(asking: Shop) -> None:
    booked = asking.book(NINE, parameters={"age": 41, "reason": "pain"})
    fields = asking.booking.get(f"/v1/services/{asking.service['id']}/parameters")["items"]
    path = f"/v1/services/{asking.service['id']}/parameters/{fields[0]['id']}"
    answered(asking.booking.send("PATCH", path, json={"label": "How old?"}), 200)
    answered(asking.booking.send("PATCH", path, json={"name": "years"}), 200)
    assert answers_of(asking, booked)[0] == ("age", "Your age", 41)


def test_every_fault_is_named_at_once(asking: Shop) -> None:
    wrong = {"age": 17, "reason": "much too long", "colour": "green", "shoes": 44}
    problem = asking.refused(NINE, 422, "validation_failed", parameters=wrong)
    assert sorted(error["pointer"] for error in problem["errors"]) == [
        "/parameters/age",
        "/parameters/colour",
        "/parameters/reason",
        "/parameters/shoes",
    ]
    assert asking.booking.get("/v1/customers")["items"] == []
    assert NINE in asking.starts("2027-03-23")


@pytest.mark.parametrize("given", [{}, None, {"age": None, "reason": None}])
def test_required_answers_are_missed(asking: Shop, given: Any) -> None:
    problem = asking.refused(NINE, 422, "validation_failed", parameters=given)
    pointers = [error["pointer"] for error in problem["errors"]]
    assert pointers == ["/parameters/age", "/parameters/reason"]


def test_null_is_no_answer(asking: Shop) -> None:
    given = {"age": 41, "reason": "pain", "colour": None}
    booked = asking.book(NINE, parameters=given)
    assert [name for name, _, _ in answers_of(asking, booked)] == ["age", "reason"]


def test_service_without_a_form_takes_no_answers(shop: Shop) -> None:
    problem = shop.refused(NINE, 422, "validation_failed", parameters={"age": 41})
    assert problem["errors"][0]["pointer"] == "/parameters/age"
    assert answers_of(shop, shop.book(NINE, parameters={})) == []


@pytest.mark.parametrize("value", ["a\x00b", 10**30, {"deep": {"er": []}}, [[]], ""])
def test_poison_is_no_answer(asking: Shop, value: Any) -> None:
    body = asking.request(NINE, parameters={"age": 41, "reason": value})
    answer = asking.booking.send("POST", "/v1/appointments", json=body)
    assert answer.status_code in (400, 422), answer.text


def test_public_bookings_answer_too(asking: Shop) -> None:
    path = f"/v1/public/{asking.tenant['slug']}/appointments"
    anybody = asking.booking.with_token(None)
    problem = anybody.refused("POST", path, 422, "validation_failed", json=asking.request(TEN))
    assert len(problem["errors"]) == 2
    booked = book_publicly(asking, TEN, parameters={"age": 41, "reason": "pain"})
    assert len(answers_of(asking, booked)) == 2
