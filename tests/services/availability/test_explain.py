"""Why a time is offered or not: the rule for everybody, what is in the way for staff."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.models import UserRole

from .callers import log_in_as, log_in_user

NINE = "2027-03-23T09:00:00+01:00"


def explain(shop: Shop, start: str, **query: Any) -> Any:
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]} | query
    return shop.availability.get("/v1/slots/explain", startTime=start, **asked)


def test_bookable_time_shows_its_window(shop: Shop) -> None:
    assert explain(shop, NINE) == {
        "bookable": True,
        "rule": None,
        "detail": "This time can be booked.",
        "earliest": None,
        "lastDate": None,
        "window": {"startTime": "2027-03-23T08:00:00Z", "endTime": "2027-03-23T11:00:00Z"},
        "block": None,
        "appointment": None,
    }


def test_taken_time_shows_staff_who_holds_it(shop: Shop) -> None:
    booked = shop.book(NINE)
    found = explain(shop, NINE)
    assert (found["bookable"], found["rule"]) == (False, "slot_unavailable")
    assert found["appointment"] == {
        "appointmentId": booked["id"],
        "status": "SCHEDULED",
        "startTime": booked["startTime"],
        "endTime": booked["endTime"],
        "heldUntil": booked["endTime"],
    }


def test_customer_learns_no_more_than_taken(shop: Shop, apis_database: DatabaseUrls) -> None:
    shop.book(NINE)
    shop.add_override(shop.provider, date="2027-03-24", type="SICK", reason="flu")
    customer = log_in_as(apis_database, shop, UserRole.USER)
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    hidden = {"earliest", "lastDate", "window", "block", "appointment"}
    for start, rule, detail in (
        (NINE, "slot_unavailable", "This time is taken."),
        (
            "2027-03-24T09:00:00+01:00",
            "outside_availability",
            "The provider is not available for the whole of this time.",
        ),
        ("2027-03-25T09:00:00+01:00", None, "This time can be booked."),
    ):
        found = customer.get("/v1/slots/explain", **asked, startTime=start)
        assert (found["rule"], found["detail"]) == (rule, detail)
        assert all(found[name] is None for name in hidden)


def test_provider_learns_of_the_own_calendar_alone(shop: Shop, apis_database: DatabaseUrls) -> None:
    shop.book(NINE)
    colleague = log_in_user(
        apis_database, shop, shop.add_provider(shop.location, hours=None)["userId"]
    )
    own = log_in_user(apis_database, shop, shop.provider["userId"])
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    seen = own.get("/v1/slots/explain", **asked, startTime=NINE)
    assert seen["appointment"]
    assert seen["window"]
    hidden = colleague.get("/v1/slots/explain", **asked, startTime=NINE)
    assert hidden["rule"] == "slot_unavailable"
    assert hidden["appointment"] is None
    assert hidden["window"] is None


def test_blocked_time_shows_the_block(shop: Shop) -> None:
    times = {"startTime": "22:00", "endTime": "09:30"}
    block = shop.add_override(
        shop.provider, date="2027-03-22", type="TRAINING", reason="First aid", **times
    )
    found = explain(shop, NINE)
    assert found["rule"] == "outside_availability"
    assert found["window"]
    assert found["block"] == {
        "overrideId": block["id"],
        "type": "TRAINING",
        "reason": "First aid",
        "startTime": "2027-03-22T21:00:00Z",
        "endTime": "2027-03-23T08:30:00Z",
    }


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2027-03-23T08:00:00+01:00", "outside_availability"),
        ("2027-03-23T11:30:00+01:00", "outside_availability"),
        ("2027-03-23T09:15:00+01:00", "not_a_slot"),
        ("2027-03-23T09:00:00.000001+01:00", "not_a_slot"),
        ("2027-03-22T07:30:00Z", "too_soon"),
        ("2027-04-06T09:00:00+02:00", "too_far"),
    ],
)
def test_explanation_names_the_rule_of_the_booking(apis: Apis, start: str, rule: str) -> None:
    shop = open_shop(apis, service={"minAdvanceBooking": 2, "maxAdvanceBooking": 14})
    found = explain(shop, start)
    assert (found["bookable"], found["rule"]) == (False, rule)
    assert found["earliest"] == ("2027-03-22T09:00:00Z" if rule == "too_soon" else None)
    assert found["lastDate"] == ("2027-04-05" if rule == "too_far" else None)
    shop.refused(start, 422, rule)


def test_service_that_is_not_given_is_said_so(shop: Shop) -> None:
    other = shop.add_service(name="Other")
    path = f"/v1/providers/{shop.provider['id']}/services"
    shop.booking.send("PUT", path, json={"serviceIds": [other["id"]]})
    found = explain(shop, NINE)
    assert (found["bookable"], found["rule"]) == (False, "outside_availability")
    assert found["detail"] == "This provider does not give this service."


def test_provider_of_a_closed_place_is_inactive(shop: Shop) -> None:
    away = shop.add_location(status="MAINTENANCE")
    provider = shop.add_provider(away)
    assert explain(shop, NINE, providerId=provider["id"])["rule"] == "inactive"


def test_foreign_ids_are_not_found(apis: Apis, shop: Shop) -> None:
    other = open_shop(apis)
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    for name, foreign in (("serviceId", other.service), ("providerId", other.provider)):
        query = asked | {name: foreign["id"], "startTime": NINE}
        shop.availability.refused("GET", "/v1/slots/explain", 404, "not_found", params=query)
    query = asked | {"startTime": "2027-03-23T09:00:00"}
    shop.availability.refused("GET", "/v1/slots/explain", 422, "validation_failed", params=query)
