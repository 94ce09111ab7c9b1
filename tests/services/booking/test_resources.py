"""What every resource looks like, where a new one lies, and when it has not changed."""

from typing import Any

import pytest
from tests.api_clients import Client, Shop, answered, customer

STAMPS = {"id", "createdAt", "updatedAt"}
FIELDS = {
    "tenant": {
        "name slug domain status settings subscriptionTier subscriptionStatus trialEndsAt"
        " billingEmail"
    },
    "locations": {
        "name address city state zipCode country phone email latitude longitude businessHours"
        " timezone status"
    },
    "services": {
        "name description category duration bufferTime price currency maxAdvanceBooking"
        " minAdvanceBooking requiresApproval isActive isOnline"
    },
    "providers": {"userId user title specialties bio credentials locationId settings isActive"},
    "customers": {
        "firstName lastName email phone dateOfBirth gender address timezone locale preferences"
    },
    "appointments": {
        "title notes internalNotes startTime endTime timezone serviceId providerId locationId"
        " customerId status cancellationReason bookedAt bookedBy confirmationCode remindersSent"
        " lastReminderAt price currency requiresApproval ignoredAvailability rescheduledFromId"
        " rescheduledToId"
    },
    "reminder-rules": {"minutesBefore channel serviceId"},
    "availability": {"providerId dayOfWeek startTime endTime validFrom validTo isActive"},
    "schedule": {"providerId date type startTime endTime reason notes"},
}


@pytest.fixture
def created(shop: Shop) -> dict[str, tuple[Client, str, Any]]:
    """For each creating POST: who answers it, its path, and a body that it takes."""
    provider = f"/v1/providers/{shop.provider['id']}"
    user = {"email": f"new-{shop.tenant['slug']}@physio.example", "name": "New"}
    bodies: dict[str, tuple[Client, str, Any]] = {
        "locations": (shop.booking, "/v1/locations", {"name": "A", "address": "B", "city": "C"}),
        "services": (shop.booking, "/v1/services", {"name": "A", "duration": 30}),
        "providers": (
            shop.booking,
            "/v1/providers",
            {"user": user, "locationId": shop.location["id"]},
        ),
        "customers": (shop.booking, "/v1/customers", customer()),
        "appointments": (
            shop.booking,
            "/v1/appointments",
            shop.request("2027-03-23T09:00:00+01:00"),
        ),
        "reminder-rules": (shop.booking, "/v1/reminder-rules", {"minutesBefore": 30}),
        "availability": (
            shop.availability,
            f"{provider}/availability",
            {"dayOfWeek": 1, "startTime": "13:00", "endTime": "17:00"},
        ),
        "schedule": (
            shop.availability,
            f"{provider}/schedule",
            {"date": "2027-03-24", "type": "SICK"},
        ),
    }
    return bodies


KINDS = [kind for kind in FIELDS if kind != "tenant"]


@pytest.mark.parametrize("kind", KINDS)
def test_creation_answers_where_the_new_one_lies(
    created: dict[str, tuple[Client, str, Any]], kind: str
) -> None:
    api, path, body = created[kind]
    answer = api.send("POST", path, json=body)
    made = answered(answer, 201)
    assert answer.headers["location"] == f"{path}/{made['id']}"
    found = api.send("GET", answer.headers["location"])
    assert answered(found, 200) == made
    assert found.headers["etag"] == answer.headers["etag"]
    listed = api.get(path)["items"]
    assert made in listed


@pytest.mark.parametrize("kind", KINDS)
def test_resource_has_exactly_the_promised_fields(
    created: dict[str, tuple[Client, str, Any]], kind: str
) -> None:
    api, path, body = created[kind]
    assert set(api.post(path, body)) == fields(kind)


def test_tenant_has_exactly_the_promised_fields(shop: Shop) -> None:
    assert set(shop.booking.get("/v1/tenant")) == fields("tenant")


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_resource_is_not_sent_again(
    created: dict[str, tuple[Client, str, Any]], kind: str
) -> None:
    api, path, body = created[kind]
    made = answered(answer := api.send("POST", path, json=body), 201)
    address, etag = f"{path}/{made['id']}", answer.headers["etag"]
    for known in (etag, f'"0", {etag}', f"W/{etag}", "*"):
        unchanged = api.send("GET", address, headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == etag
    for other in ('"0"', etag.strip('"'), ""):
        assert api.send("GET", address, headers={"If-None-Match": other}).status_code == 200


def test_etag_moves_with_every_change(shop: Shop) -> None:
    before = shop.booking.send("GET", "/v1/tenant")
    changed = shop.booking.send("PATCH", "/v1/tenant", json={"name": "Other"})
    assert answered(changed, 200)["name"] == "Other"
    assert changed.headers["etag"] != before.headers["etag"]
    stale = {"If-None-Match": before.headers["etag"]}
    fresh = shop.booking.send("GET", "/v1/tenant", headers=stale)
    assert answered(fresh, 200) == changed.json()
    assert fresh.headers["etag"] == changed.headers["etag"]


def fields(kind: str) -> set[str]:
    return STAMPS.union(*(names.split() for names in FIELDS[kind]))
