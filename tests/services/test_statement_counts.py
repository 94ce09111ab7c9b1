"""How many statements the hot operations send: fixed, however much there is."""

import pytest
from tests.api_clients import Apis, Shop, open_shop
from tests.sent_statements import statements

NINE = "2027-03-23T09:00:00+01:00"
NIGHT = "2027-03-23T03:00:00+01:00"


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
    assert counted == {1}


def test_slots_of_one_provider_cost_as_much(small_and_large: tuple[Shop, Shop]) -> None:
    small, _ = small_and_large
    sent = sent_by_slots(small, "2027-03-22", providerId=small.provider["id"])
    assert len(sent) == 1


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
        assert len(sent) == 2 + (name == "providers"), sent
