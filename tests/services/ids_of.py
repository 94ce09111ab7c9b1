"""One of everything that paths and fields of both APIs can name, all of one business."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from tests.api_clients import NOW, SECRET_KEY, Shop, answered, ids_of_messages

from sloty_shared.encryption import Encryption
from sloty_shared.invitation import InvitationLink
from sloty_shared.models import Channel
from sloty_shared.unsubscribing import Unsubscription

# Path parameters that are no ids: they open what they name to whoever has them. All others are
# known by the collection in front of them.
KEYS = frozenset({"slug", "confirmation_code", "waitlist_code", "secret", "token", "invitation"})

# Whole hours, far from those of any example.
_hours = count(200_000)


def ids_of(shop: Shop) -> dict[str, str]:
    """One id of each collection, and one of each key."""
    files = {"files": uploaded_scan(shop)}
    booked = ids_of_booking(shop, parameters={"scan": files["files"]})
    reminder = shop.booking.post("/v1/reminder-rules", {"minutesBefore": 5})
    parameter = {"name": "age", "label": "Your age", "type": "NUMBER"}
    service = f"/v1/services/{shop.service['id']}"
    return (
        ids_of_messages(shop)
        | files
        | booked
        | ids_of_series(shop)
        | ids_of_people(shop)
        | ids_of_calendar(shop)
        | ids_of_audit(shop, booked["customers"])
        | ids_of_waitlist(shop, booked["customers"])
        | {
            "slug": shop.tenant["slug"],
            "tenants": shop.tenant["id"],
            "locations": shop.location["id"],
            "services": shop.service["id"],
            "parameters": shop.booking.post(f"{service}/parameters", parameter)["id"],
            "reminder-rules": reminder["id"],
            "invitation": invitation_token(shop, booked["participants"]),
            "token": unsubscribe_token(shop, booked["customers"]),
            "holds": id_of_hold(shop),
            # Nobody signs in elsewhere here.
            "oauth": "no-such-provider",
        }
    )


def uploaded_scan(shop: Shop) -> str:
    """The id of a file that can answer the field `scan`, which the shop's service then has."""
    field = {"name": "scan", "label": "Your scan", "type": "FILE"}
    shop.booking.post(f"/v1/services/{shop.service['id']}/parameters", field)
    sent = shop.booking.send("POST", "/v1/files", files={"file": ("scan.pdf", b"%PDF-1.7")})
    return str(answered(sent, 201)["id"])


def ids_of_booking(shop: Shop, **changes: Any) -> dict[str, str]:
    """A new appointment with a participant, of a new customer."""
    start = (NOW + timedelta(hours=next(_hours))).isoformat()
    booked = shop.book(start, ignoreAvailability=True, **changes)
    with_it = f"/v1/appointments/{booked['id']}/participants"
    return {
        "customers": booked["customerId"],
        "appointments": booked["id"],
        "confirmation_code": booked["confirmationCode"],
        "participants": shop.booking.post(with_it, {"name": "Alan Turing"})["id"],
    }


def ids_of_waitlist(shop: Shop, customer_id: str) -> dict[str, str]:
    """The customer waits for a day on which nothing can be booked yet."""
    wish = {"serviceId": shop.service["id"], "customerId": customer_id}
    entry = shop.booking.post("/v1/waitlist", wish | {"from": "2028-03-01", "to": "2028-03-02"})
    return {"waitlist": entry["id"], "waitlist_code": entry["code"]}


def id_of_hold(shop: Shop) -> str:
    """A new hold of a time that can be booked, made by anybody: it opens to whoever has its id."""
    [slot, *_] = shop.slots(shop.service, "2027-04-26", "2027-04-28")
    held = {name: slot[name] for name in ("startTime", "providerId")}
    path = f"/v1/public/{shop.tenant['slug']}/holds"
    anybody = shop.booking.with_token(None)
    return str(anybody.post(path, {"serviceId": shop.service["id"]} | held)["id"])


def ids_of_series(shop: Shop) -> dict[str, str]:
    """A new series of two appointments, of a new customer."""
    start = (NOW + timedelta(hours=next(_hours))).isoformat()
    weekly = {"rule": "FREQ=WEEKLY;COUNT=2", "ignoreAvailability": True}
    series = shop.booking.post("/v1/appointments/series", shop.request(start) | weekly)
    # Known by the collection in paths, and by `seriesId` in queries.
    return dict.fromkeys(("series", "seriess"), series["id"])


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


def invitation_token(shop: Shop, participant_id: str) -> str:
    """What the link in the participant's mails has."""
    link = InvitationLink(UUID(shop.tenant["id"]), UUID(participant_id))
    return link.token(Encryption(SECRET_KEY))


def unsubscribe_token(shop: Shop, customer_id: str) -> str:
    """What the link in the customer's reminders has."""
    named = Unsubscription(UUID(shop.tenant["id"]), UUID(customer_id), Channel.EMAIL)
    return named.token(Encryption(SECRET_KEY))
