"""What every resource looks like, where a new one lies, and when it has not changed."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, answered, customer, open_shop

FIELDS = {
    "tenant": "name slug domain status settings subscriptionTier subscriptionStatus trialEndsAt"
    " billingEmail",
    "locations": "name address city state zipCode country phone email latitude longitude"
    " businessHours timezone status",
    "services": "name description category duration bufferTime price currency maxAdvanceBooking"
    " minAdvanceBooking requiresApproval isActive isOnline capacity",
    "providers": "userId user title specialties bio credentials locationId settings isActive"
    " serviceIds",
    "customers": "firstName lastName email phone dateOfBirth gender address timezone locale"
    " preferences",
    "appointments": "title notes internalNotes startTime endTime timezone serviceId providerId"
    " locationId customerId status cancellationReason bookedAt bookedBy confirmationCode"
    " remindersSent lastReminderAt price currency requiresApproval ignoredAvailability"
    " rescheduledFromId rescheduledToId seriesId groupSessionId",
    "reminder-rules": "minutesBefore channel serviceId",
    "availability": "providerId dayOfWeek startTime endTime validFrom validTo isActive",
    "schedule": "providerId date type startTime endTime reason notes",
}
KINDS = [kind for kind in FIELDS if kind != "tenant"]


@dataclass(frozen=True)
class Creation:
    """One resource made by POST to `path`, and the answer to that."""

    api: Client
    path: str
    answer: httpx2.Response

    @property
    def made(self) -> Any:
        return answered(self.answer, 201)

    def again(self, **headers: str) -> httpx2.Response:
        return self.api.send("GET", f"{self.path}/{self.made['id']}", headers=headers)


@pytest.fixture(scope="module")
def busy_shop(running_apis: Apis) -> Shop:
    return open_shop(running_apis)


@pytest.fixture(scope="module")
def creations(busy_shop: Shop) -> dict[str, Creation]:
    booking, calendar = busy_shop.booking, busy_shop.availability
    provider = f"/v1/providers/{busy_shop.provider['id']}"
    user = {"email": f"new@{busy_shop.tenant['slug']}.example", "name": "New"}
    place = {"name": "A", "address": "B", "city": "C"}
    wanted: list[tuple[Client, str, Any]] = [
        (booking, "/v1/locations", place),
        (booking, "/v1/services", {"name": "A", "duration": 30}),
        (booking, "/v1/providers", {"user": user, "locationId": busy_shop.location["id"]}),
        (booking, "/v1/customers", customer()),
        (booking, "/v1/reminder-rules", {"minutesBefore": 30}),
        (booking, "/v1/appointments", busy_shop.request("2027-03-23T09:00:00+01:00")),
        (
            calendar,
            f"{provider}/availability",
            {"dayOfWeek": 1, "startTime": "13:00", "endTime": "17:00"},
        ),
        (calendar, f"{provider}/schedule", {"date": "2027-03-24", "type": "SICK"}),
    ]
    return {
        path.rsplit("/", 1)[1]: Creation(api, path, api.send("POST", path, json=body))
        for api, path, body in wanted
    }


@pytest.mark.parametrize("kind", KINDS)
def test_creation_answers_where_the_new_one_lies(creations: dict[str, Creation], kind: str) -> None:
    creation = creations[kind]
    address = creation.answer.headers["location"]
    assert address == f"{creation.path}/{creation.made['id']}"
    assert creation.api.get(address) == creation.made
    assert creation.made in creation.api.get(creation.path)["items"]


@pytest.mark.parametrize("kind", KINDS)
def test_resource_has_exactly_the_promised_fields(
    creations: dict[str, Creation], kind: str
) -> None:
    assert set(creations[kind].made) == fields(kind)


def test_tenant_has_exactly_the_promised_fields(busy_shop: Shop) -> None:
    assert set(busy_shop.booking.get("/v1/tenant")) == fields("tenant")


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_resource_is_not_sent_again(creations: dict[str, Creation], kind: str) -> None:
    creation = creations[kind]
    etag = creation.answer.headers["etag"]
    for known in (etag, f'"0", {etag}', f"W/{etag}", "*"):
        unchanged = creation.again(**{"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == etag
    for other in ('"0"', etag.strip('"'), ""):
        assert answered(creation.again(**{"If-None-Match": other}), 200) == creation.made


def test_etag_moves_with_every_change(busy_shop: Shop) -> None:
    before = busy_shop.booking.send("GET", "/v1/tenant")
    changed = busy_shop.booking.send("PATCH", "/v1/tenant", json={"name": "Other"})
    assert answered(changed, 200)["name"] == "Other"
    assert changed.headers["etag"] != before.headers["etag"]
    stale = {"If-None-Match": before.headers["etag"]}
    fresh = busy_shop.booking.send("GET", "/v1/tenant", headers=stale)
    assert answered(fresh, 200) == changed.json()
    assert fresh.headers["etag"] == changed.headers["etag"]


def fields(kind: str) -> set[str]:
    return {"id", "createdAt", "updatedAt", *FIELDS[kind].split()}
