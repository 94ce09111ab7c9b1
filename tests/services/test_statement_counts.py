"""How many statements the hot operations send: fixed, however much there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from tests.api_clients import Apis, Client, Shop, app_of, customer, open_shop

NINE = "2027-03-23T09:00:00+01:00"
NIGHT = "2027-03-23T03:00:00+01:00"


@contextmanager
def statements(api: Client) -> Iterator[list[str]]:
    """What the API sends to the database meanwhile; BEGIN and COMMIT are not among them."""
    sent: list[str] = []
    engine: Engine = app_of(api).state.runtime.database.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def small_and_large(running_apis: Apis) -> tuple[Shop, Shop]:
    """A shop with one of everything, and one with more."""
    large = open_shop(running_apis)
    for hour in ("09", "10", "11"):
        large.book(f"2027-03-23T{hour}:00:00+01:00")
    for place in range(3):
        provider = large.add_provider(large.location)
        large.add_override(provider, date=f"2027-03-2{place}", type="SICK")
    small = open_shop(running_apis)
    small.book(NINE)
    return small, large


def test_slots_cost_the_same_for_any_number(small_and_large: tuple[Shop, Shop]) -> None:
    small, large = small_and_large
    counted = {
        len(sent)
        for shop, last in ((small, "2027-03-22"), (large, "2027-03-22"), (large, "2027-05-22"))
        for sent in [sent_by_slots(shop, last)]
    }
    assert counted == {4}


def test_slots_of_one_provider_cost_one_more(small_and_large: tuple[Shop, Shop]) -> None:
    small, _ = small_and_large
    sent = sent_by_slots(small, "2027-03-22", providerId=small.provider["id"])
    assert len(sent) == 4


def sent_by_slots(shop: Shop, last: str, **query: str) -> list[str]:
    with statements(shop.availability) as sent:
        shop.slots(shop.service, "2027-03-22", last, **query)
    return sent


LISTS = ("locations", "services", "providers", "customers", "appointments", "notifications")


@pytest.mark.parametrize("name", [*LISTS, "reminder-rules"])
def test_list_costs_the_same_for_any_number(small_and_large: tuple[Shop, Shop], name: str) -> None:
    for shop in small_and_large:
        with statements(shop.booking) as sent:
            shop.booking.get(f"/v1/{name}")
        # What each provider gives is one statement more for all of them.
        assert len(sent) == 3 + (name == "providers"), sent


def known(shop: Shop) -> Any:
    """A customer of the shop."""
    return shop.booking.post("/v1/customers", customer())


def open_to_any(shop: Shop) -> dict[str, Any]:
    shop.add_provider(shop.location)
    return {"providerId": None}


BOOKINGS: dict[str, tuple[Callable[[Shop], dict[str, Any]], int]] = {
    "known customer": (lambda shop: {"customer": None, "customerId": known(shop)["id"]}, 8),
    "customer found by address": (
        lambda shop: {"customer": customer(email=known(shop)["email"])},
        8,
    ),
    "new customer": (lambda _shop: {"customer": customer()}, 10),
    "any of two providers": (open_to_any, 11),
}


@pytest.mark.parametrize("case", BOOKINGS)
def test_booking_costs_a_fixed_number(apis: Apis, case: str) -> None:
    shop = open_shop(apis)
    changes, expected = BOOKINGS[case]
    request = shop.request(NINE, **changes(shop))
    with statements(shop.booking) as sent:
        shop.booking.post("/v1/appointments", request)
    assert len(sent) == expected, "\n\n".join(sent)


def test_refusal_costs_a_fixed_number(apis: Apis) -> None:
    shop = open_shop(apis)
    shop.book(NINE)
    refusals = ((NINE, 409, "slot_unavailable"), (NIGHT, 422, "outside_availability"))
    for start, status, code in refusals:
        with statements(shop.booking) as sent:
            shop.refused(start, status, code)
        assert len(sent) == 5, sent
