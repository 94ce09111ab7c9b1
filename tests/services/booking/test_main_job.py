"""The main job as a client does it: describe a business, find a slot, book it, see it gone."""

from tests.api_clients import Apis, Shop, customer


def test_booked_slot_is_gone_until_cancelled(shop: Shop) -> None:
    first, *others = shop.starts("2027-03-23")
    assert [first, *others] == [
        "2027-03-23T09:00:00+01:00",
        "2027-03-23T10:00:00+01:00",
        "2027-03-23T11:00:00+01:00",
    ]
    booked = shop.book(first)
    assert booked["status"] == "SCHEDULED"
    assert booked["startTime"] == "2027-03-23T08:00:00Z"
    assert booked["endTime"] == "2027-03-23T09:00:00Z"
    assert shop.starts("2027-03-23") == others
    address = f"/v1/appointments/{booked['id']}"
    assert shop.booking.get(address) == booked
    assert shop.booking.get("/v1/appointments")["items"] == [booked]
    cancelled = shop.booking.post(f"{address}/cancel", {"reason": "ill"}, status=200)
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("CANCELLED", "ill")
    assert shop.starts("2027-03-23") == [first, *others]


def test_every_listed_item_can_be_booked_as_it_is(shop: Shop) -> None:
    for slot in shop.slots(shop.service, "2027-03-23", "2027-03-24"):
        place = {key: slot[key] for key in ("startTime", "providerId", "locationId")}
        request = {"serviceId": shop.service["id"], "customer": customer()} | place
        booked = shop.booking.post("/v1/appointments", request)
        assert (booked["providerId"], booked["locationId"]) == (
            slot["providerId"],
            slot["locationId"],
        )
    assert shop.starts("2027-03-23", "2027-03-24") == []


def test_new_business_can_work_at_once(apis: Apis) -> None:
    business = apis.sign_up(tenantName="Ada's", email="ada@first.example")
    assert business.tenant["status"] == "ACTIVE"
    assert business.tenant["subscriptionStatus"] == "TRIAL"
    assert business.tenant["trialEndsAt"] == "2027-04-21T07:00:00Z"
    assert business.user["role"] == "TENANT_ADMIN"
    me = business.booking.get("/v1/me")
    assert me == business.user | {"tenant": business.tenant}
    rules = business.booking.get("/v1/reminder-rules")["items"]
    assert {(rule["minutesBefore"], rule["channel"]) for rule in rules} == {
        (1440, "EMAIL"),
        (60, "EMAIL"),
    }
