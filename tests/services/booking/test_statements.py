"""How many statements the operations on appointments send: fixed, however much there is."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api_clients import Apis, Shop, customer, open_shop
from tests.sent_statements import statements

from .bookings import ELEVEN, NINE, TEN, public_path

PARTS = "customer,service,provider,location,parameters,participants"


def known(shop: Shop) -> Any:
    """A customer of the shop."""
    return shop.booking.post("/v1/customers", customer())


def answered_form(shop: Shop) -> dict[str, Any]:
    for name in ("age", "reason", "colour"):
        field = {"name": name, "label": name, "type": "TEXT", "required": True}
        shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)
    answers = {"age": "41", "reason": "pain", "colour": "red"}
    return {"customer": None, "customerId": known(shop)["id"], "parameters": answers}


def company(shop: Shop) -> dict[str, Any]:
    come = [{"name": f"P{place}", "email": f"p{place}@people.example"} for place in range(5)]
    come[2] = {"name": "P2", "phone": "+49 30 1234567"}
    return {"customer": None, "customerId": known(shop)["id"], "participants": come}


def any_of_two(shop: Shop) -> dict[str, Any]:
    shop.add_provider(shop.location)
    return {"providerId": None}


# Log-in with all that is asked along; held time, appointment, audit and messages.
BOOKINGS: dict[str, tuple[Callable[[Shop], dict[str, Any]], int]] = {
    "known customer": (lambda shop: {"customer": None, "customerId": known(shop)["id"]}, 2),
    "customer found by address": (
        lambda shop: {"customer": customer(email=known(shop)["email"])},
        2,
    ),
    # The customer, with an event of its own.
    "new customer": (lambda _shop: {"customer": customer()}, 4),
    # How much each has to do that day.
    "any of two providers": (any_of_two, 5),
    # The form, and the answers.
    "answers of a form": (answered_form, 4),
    # The participants, and their messages.
    "participants": (company, 4),
}


@pytest.mark.parametrize("case", BOOKINGS)
def test_booking_costs_a_fixed_number(apis: Apis, case: str) -> None:
    shop = open_shop(apis)
    changes, expected = BOOKINGS[case]
    request = shop.request(NINE, **changes(shop))
    with statements(shop.booking) as sent:
        shop.booking.post("/v1/appointments", request)
    assert len(sent) == expected, "\n\n".join(sent)


def test_refusal_costs_a_fixed_number(shop: Shop) -> None:
    shop.book(NINE)
    night = "2027-03-23T03:00:00+01:00"
    refusals = ((NINE, 409, "slot_unavailable"), (night, 422, "outside_availability"))
    for start, status, code in refusals:
        with statements(shop.booking) as sent:
            shop.refused(start, status, code)
        assert len(sent) == 2, sent


def test_parts_cost_the_same_for_any_number(apis: Apis, shop: Shop) -> None:
    """One statement more for each part that is a list, and for what providers give."""
    large = open_shop(apis)
    come = [{"name": "Alan"}, {"name": "Joan"}]
    for start in (NINE, TEN, ELEVEN):
        large.book(start, participants=come)
    shop.book(NINE)
    counted = []
    for business in (shop, large):
        with statements(business.booking) as sent:
            business.booking.get("/v1/appointments", include=PARTS)
        counted.append(len(sent))
    assert counted == [5, 5]


def test_reading_by_code_costs_the_same_after_moves(shop: Shop) -> None:
    booked = shop.book(NINE)
    anybody = shop.booking.with_token(None)
    counted = []
    for start in (TEN, ELEVEN, NINE, None):
        with statements(shop.booking) as sent:
            anybody.get(public_path(booked["confirmationCode"]))
        counted.append(len(sent))
        if start is not None:
            code = public_path(booked["confirmationCode"], "reschedule")
            anybody.post(code, {"startTime": start})
    assert len(set(counted)) == 1
