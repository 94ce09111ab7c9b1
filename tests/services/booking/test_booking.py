"""A booking that succeeds: whose it is, what it costs, what is owed for it, and who is told."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.api_clients import NOW, Apis, Shop, answered, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

NINE = "2027-03-23T09:00:00+01:00"
TEN = "2027-03-23T10:00:00+01:00"


def test_booking_holds_what_was_asked(shop: Shop) -> None:
    given = {"title": "First visit", "notes": "Knee", "internalNotes": "Pays late"}
    booked = shop.book(NINE, **given)
    assert {name: booked[name] for name in given} == given
    assert booked["providerId"] == shop.provider["id"]
    assert booked["serviceId"] == shop.service["id"]
    assert booked["locationId"] == shop.location["id"]
    assert booked["bookedBy"] == shop.user["id"]
    assert datetime.fromisoformat(booked["bookedAt"]) == NOW
    assert (booked["remindersSent"], booked["lastReminderAt"]) == (0, None)
    assert booked["rescheduledFromId"] is booked["rescheduledToId"] is None
    assert len(booked["confirmationCode"]) == 20
    assert not booked["ignoredAvailability"]


def test_confirmation_codes_differ(shop: Shop) -> None:
    assert shop.book(NINE)["confirmationCode"] != shop.book(TEN)["confirmationCode"]


def test_known_customer_books_by_id(shop: Shop) -> None:
    known = shop.booking.post("/v1/customers", customer())
    booked = shop.book(NINE, customer=None, customerId=known["id"])
    assert booked["customerId"] == known["id"]


def test_customer_is_found_by_address_without_case(shop: Shop) -> None:
    known = shop.booking.post("/v1/customers", customer(email="Grace@Navy.Example"))
    for start, email in ((NINE, "grace@navy.example"), (TEN, "GRACE@NAVY.EXAMPLE")):
        booked = shop.book(start, customer=customer(email=email, firstName="Somebody"))
        assert booked["customerId"] == known["id"]
    assert shop.booking.get("/v1/customers")["items"] == [known]


def test_new_customer_is_added_once(shop: Shop) -> None:
    person = customer(locale="de", timezone="Europe/Vienna", phone="+43 1 234567")
    first, second = (shop.book(start, customer=person) for start in (NINE, TEN))
    assert first["customerId"] == second["customerId"]
    added = shop.booking.get(f"/v1/customers/{first['customerId']}")
    assert {name: added[name] for name in person} == person


def test_customers_of_another_business_are_not_found(apis: Apis, shop: Shop) -> None:
    person = customer()
    here, there = shop.book(NINE, customer=person), open_shop(apis).book(NINE, customer=person)
    assert here["customerId"] != there["customerId"]


def test_refused_booking_adds_no_customer(shop: Shop) -> None:
    shop.book(NINE)
    person = customer()
    shop.refused(NINE, 409, "slot_unavailable", customer=person)
    assert shop.booking.get("/v1/customers", email=person["email"])["items"] == []


@pytest.mark.parametrize("who", [{}, {"customer": customer(), "customerId": "x"}])
def test_exactly_one_customer_is_named(shop: Shop, who: dict[str, Any]) -> None:
    if "customerId" in who:
        who = who | {"customerId": shop.provider["id"]}
    body = shop.request(NINE, customer=None) | who
    shop.booking.refused("POST", "/v1/appointments", 422, "validation_failed", json=body)


def test_second_customer_with_an_address_is_refused(shop: Shop) -> None:
    shop.booking.post("/v1/customers", customer(email="one@mail.example"))
    again = customer(email="ONE@mail.example")
    shop.booking.refused("POST", "/v1/customers", 409, "customer_exists", json=again)


def test_zone_is_given_else_the_locations(shop: Shop) -> None:
    assert shop.book(NINE, timezone="America/New_York")["timezone"] == "America/New_York"
    assert shop.book(TEN)["timezone"] == "Europe/Berlin"


@pytest.mark.parametrize("price", ["0.00", "49.50", "99999999.99"])
def test_price_is_kept_as_booked(apis: Apis, price: str, apis_database: DatabaseUrls) -> None:
    shop = open_shop(apis, service={"price": price, "currency": "EUR"})
    booked = shop.book(NINE)
    assert (booked["price"], booked["currency"]) == (price, "EUR")
    with psycopg.connect(apis_database.owner_url) as connection:
        connection.execute(
            "UPDATE services SET price = 1, currency = 'JPY', duration = 5 WHERE id = %s",
            (shop.service["id"],),
        )
    kept = shop.booking.get(f"/v1/appointments/{booked['id']}")
    assert kept == booked
    assert Decimal(kept["price"]) == Decimal(price)


def test_free_service_has_no_price(shop: Shop) -> None:
    booked = shop.book(NINE)
    assert (booked["price"], booked["currency"]) == (None, "USD")


def test_request_id_follows_the_message(shop: Shop, apis_database: DatabaseUrls) -> None:
    answer = shop.booking.send(
        "POST", "/v1/appointments", json=shop.request(NINE), headers={"X-Request-Id": "trace-7"}
    )
    booked = answered(answer, 201)
    assert answer.headers["x-request-id"] == "trace-7"
    (message,) = shop.booking.get("/v1/notifications", appointmentId=booked["id"])["items"]
    assert (message["kind"], message["channel"]) == ("BOOKED", "EMAIL")
    assert (message["status"], message["attempts"]) == ("PENDING", 0)
    person = shop.booking.get(f"/v1/customers/{booked['customerId']}")
    assert message["recipient"] == person["email"]
    row = stored(apis_database, "notifications", message["id"])
    assert row["request_id"] == "trace-7"
    assert row["start_time"] == datetime(2027, 3, 23, 8, 0, tzinfo=UTC)
    assert row["next_attempt_at"] == row["due_at"] == NOW
    assert stored(apis_database, "appointments", booked["id"])["remind_at"] == NOW


def test_booking_is_audited(shop: Shop, apis_database: DatabaseUrls) -> None:
    headers = {"X-Request-Id": "trace-8"}
    answer = shop.booking.send("POST", "/v1/appointments", json=shop.request(NINE), headers=headers)
    booked = answered(answer, 201)
    with psycopg.connect(apis_database.owner_url, row_factory=dict_row) as connection:
        event = connection.execute(
            "SELECT * FROM audit_events WHERE entity_id = %s", (booked["id"],)
        ).fetchone()
    assert event is not None
    assert (event["action"], event["entity_type"]) == ("appointment.booked", "Appointment")
    assert (event["actor_type"], str(event["actor_id"])) == ("USER", shop.user["id"])
    assert (event["acting_role"], event["request_id"]) == ("TENANT_ADMIN", "trace-8")
    assert event["before"] is None
    assert event["after"]["confirmation_code"] == booked["confirmationCode"]


def test_service_with_approval_is_only_requested(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    booked = shop.book(NINE)
    assert (booked["status"], booked["requiresApproval"]) == ("SCHEDULED", True)
    assert kinds(shop, booked) == ["REQUESTED"]
    assert NINE not in shop.starts("2027-03-23")
    shop.refused(NINE, 409, "slot_unavailable")


def test_least_booked_provider_of_the_day_is_chosen(shop: Shop) -> None:
    other = shop.add_provider(shop.location)["id"]
    mine = shop.provider["id"]
    assert shop.book(NINE)["providerId"] == mine
    assert shop.book(TEN, providerId=None)["providerId"] == other
    assert shop.book(TEN, providerId=None)["providerId"] == mine
    shop.refused(TEN, 409, "slot_unavailable", providerId=None)


def test_staff_may_ignore_availability_but_no_appointment(shop: Shop) -> None:
    sunday_night = "2027-03-21T23:17:00+01:00"
    booked = shop.book(sunday_night, ignoreAvailability=True)
    assert booked["ignoredAvailability"]
    shop.refused("2027-03-21T23:18:00+01:00", 409, "slot_unavailable", ignoreAvailability=True)
    shop.refused("2027-03-21T22:18:00+01:00", 409, "slot_unavailable", ignoreAvailability=True)
    shop.book("2027-03-21T22:17:00+01:00", ignoreAvailability=True)


def test_ignoring_availability_prefers_who_is_available(shop: Shop) -> None:
    closed = shop.provider
    shop.add_override(closed, date="2027-03-23", type="SICK")
    opened = shop.add_provider(shop.location)["id"]
    chosen = shop.book(NINE, providerId=None, ignoreAvailability=True)
    assert chosen["providerId"] == opened


def kinds(shop: Shop, appointment: Any) -> list[str]:
    """The kinds of messages owed for the appointment, oldest first."""
    query = {"appointmentId": appointment["id"]}
    return [each["kind"] for each in shop.booking.get("/v1/notifications", **query)["items"]]


def stored(database: DatabaseUrls, table: str, row_id: str) -> dict[str, Any]:
    with psycopg.connect(database.owner_url, row_factory=dict_row) as connection:
        row = connection.execute(
            f"SELECT * FROM {table} WHERE id = %s",
            (row_id,),
        ).fetchone()
    assert row is not None
    return row
