"""Finding locations, providers, services and customers."""

from typing import Any

import pytest
from tests.api_clients import Apis, Business, Shop, customer, open_shop


@pytest.fixture(scope="module")
def business(running_apis: Apis) -> Business:
    return running_apis.sign_up()


def names(business: Business, kind: str, **query: str) -> list[str]:
    items: list[Any] = business.booking.get(f"/v1/{kind}", **query)["items"]
    return [item.get("name") or item.get("firstName") or item["user"]["name"] for item in items]


def test_locations_are_found(business: Business) -> None:
    business.add_location(name="Hafen 100%", address="1 Quay", city="Hamburg", zipCode="20457")
    business.add_location(name="Mitte", address="2 Under_Score", city="Zürich")
    both = ["Hafen 100%", "Mitte"]
    for query, found in [
        ({"q": "hafen"}, both[:1]),
        ({"q": "QUAY"}, both[:1]),
        ({"q": "204"}, both[:1]),
        ({"q": "zÜr"}, both[1:]),
        ({"q": "%"}, both[:1]),
        ({"q": "_"}, both[1:]),
        ({"q": "/"}, []),
        ({"city": "hamburg"}, both[:1]),
        ({"city": "Ham"}, []),
        ({"city": "ZÜRICH", "q": "mitte", "status": "ACTIVE"}, both[1:]),
        ({"city": "ZÜRICH", "q": "hafen"}, []),
    ]:
        assert names(business, "locations", **query) == found, query


def test_services_are_found(business: Business) -> None:
    business.add_service(name="Massage", description="With oil", category="Body")
    business.add_service(name="Talk", isOnline=True, isActive=False)
    for query, found in [
        ({"q": "oil"}, ["Massage"]),
        ({"q": "bod"}, ["Massage"]),
        ({"q": "TALK"}, ["Talk"]),
        ({"isOnline": "true"}, ["Talk"]),
        ({"isOnline": "false"}, ["Massage"]),
        ({"isActive": "true", "isOnline": "true"}, []),
        ({"category": "Body"}, ["Massage"]),
        ({"category": "body"}, []),
    ]:
        assert names(business, "services", **query) == found, query


def test_providers_are_found(running_apis: Apis) -> None:
    shop = open_shop(running_apis)
    other = shop.add_service()
    described = {
        "user": {"email": f"ines-{shop.tenant['slug']}@physio.example", "name": "Inès Núñez"},
        "locationId": shop.add_location()["id"],
        "title": "Dr.",
        "bio": "Swims",
        "specialties": ["Knees", "Elbows"],
    }
    ines = shop.booking.post("/v1/providers", described)
    limits = {"serviceIds": [other["id"]]}
    shop.booking.send("PUT", f"/v1/providers/{ines['id']}/services", json=limits)
    both = ["Mary Jackson", "Inès Núñez"]
    for query, found in [
        ({"q": "inÈs"}, both[1:]),
        ({"q": "elbow"}, both[1:]),
        ({"q": "dr."}, both[1:]),
        ({"q": "SWIM"}, both[1:]),
        ({"q": "physio.example"}, []),
        ({"serviceId": other["id"]}, both),
        ({"serviceId": shop.service["id"]}, both[:1]),
        ({"serviceId": shop.tenant["id"]}, []),
        ({"locationId": ines["locationId"]}, both[1:]),
        ({"locationId": ines["locationId"], "serviceId": shop.service["id"]}, []),
    ]:
        assert names(shop, "providers", **query) == found, query


def test_customers_are_found_by_telephone(business: Business) -> None:
    for name, phone in (("Zoe", "+49 (30) 123-4567"), ("Mia", "+49 40 7654321")):
        business.booking.post("/v1/customers", customer(firstName=name, phone=phone))
    business.booking.post("/v1/customers", customer(firstName="Ida"))
    for query, found in [
        ({"phone": "+49301234567"}, ["Zoe"]),
        ({"phone": "49 30 1234567"}, ["Zoe"]),
        ({"phone": "1234567"}, []),
        ({"q": "123-45"}, ["Zoe"]),
    ]:
        assert names(business, "customers", **query) == found, query


def test_customer_may_be_old(shop: Shop) -> None:
    made = shop.booking.post("/v1/customers", customer(dateOfBirth="1931-04-05"))
    assert made["dateOfBirth"] == "1931-04-05"
