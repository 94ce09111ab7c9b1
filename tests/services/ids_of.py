"""One of everything that paths and fields of both APIs can name, all of one business."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from tests.api_clients import NOW, SECRET_KEY, Shop, ids_of_messages

from sloty_shared.encryption import Encryption
from sloty_shared.models import Channel
from sloty_shared.unsubscribing import Unsubscription

# Path parameters that are no ids: they open what they name to whoever has them. All others are
# known by the collection in front of them.
KEYS = frozenset({"slug", "confirmation_code", "secret", "token"})

# Whole hours, far from those of any example.
_hours = count(200_000)


def ids_of(shop: Shop) -> dict[str, str]:
    """One id of each collection, and one of each key."""
    booked = ids_of_booking(shop)
    reminder = shop.booking.post("/v1/reminder-rules", {"minutesBefore": 5})
    parameter = {"name": "age", "label": "Your age", "type": "NUMBER"}
    service = f"/v1/services/{shop.service['id']}"
    return (
        ids_of_messages(shop)
        | booked
        | ids_of_people(shop)
        | ids_of_calendar(shop)
        | ids_of_audit(shop, booked["customers"])
        | {
            "slug": shop.tenant["slug"],
            "tenants": shop.tenant["id"],
            "locations": shop.location["id"],
            "services": shop.service["id"],
            "parameters": shop.booking.post(f"{service}/parameters", parameter)["id"],
            "reminder-rules": reminder["id"],
            "token": unsubscribe_token(shop, booked["customers"]),
            # Nobody signs in elsewhere here.
            "oauth": "no-such-provider",
        }
    )


def ids_of_booking(shop: Shop) -> dict[str, str]:
    """A new appointment with a participant, of a new customer."""
    start = (NOW + timedelta(hours=next(_hours))).isoformat()
    booked = shop.book(start, ignoreAvailability=True)
    with_it = f"/v1/appointments/{booked['id']}/participants"
    return {
        "customers": booked["customerId"],
        "appointments": booked["id"],
        "confirmation_code": booked["confirmationCode"],
        "participants": shop.booking.post(with_it, {"name": "Alan Turing"})["id"],
    }


def ids_of_people(shop: Shop) -> dict[str, str]:
    """Somebody invited who has not come yet, and a key."""
    email = f"joan-of-{shop.tenant['slug']}@people.example"
    invited = {"email": email, "name": "Joan Clarke", "role": "STAFF"}
    key = {"name": "Till", "role": "STAFF"}
    return {
        "users": shop.booking.post("/v1/users", invited)["id"],
        "api-keys": shop.booking.post("/v1/api-keys", key)["id"],
    }


def ids_of_calendar(shop: Shop) -> dict[str, str]:
    """The provider is open all the time from here on: every whole hour can be booked."""
    days: list[dict[str, Any]] = [{"dayOfWeek": day} for day in range(7)]
    rules = [
        shop.add_rule(shop.provider, startTime="00:00", endTime="24:00", **day) for day in days
    ]
    calendar = f"/v1/providers/{shop.provider['id']}/calendar"
    feed = shop.availability.post(f"{calendar}/feed")
    return {
        "providers": shop.provider["id"],
        "availability": rules[0]["id"],
        "schedule": shop.add_override(shop.provider, date="2027-03-01", type="SICK")["id"],
        "secret": feed["url"].rsplit("/", 1)[1].removesuffix(".ics"),
    }


def ids_of_audit(shop: Shop, customer_id: str) -> dict[str, str]:
    event = shop.booking.get("/v1/audit-events", entityId=customer_id)["items"][0]
    return {
        "audit-events": event["id"],
        "entitys": event["entityId"],
        "actors": event["actorId"],
        "requests": event["requestId"],
    }


def unsubscribe_token(shop: Shop, customer_id: str) -> str:
    """What the link in the customer's reminders has."""
    named = Unsubscription(UUID(shop.tenant["id"]), UUID(customer_id), Channel.EMAIL)
    return named.token(Encryption(SECRET_KEY))
