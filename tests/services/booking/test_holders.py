"""Whose a hold is: staff's, a user's, a provider's, or that of whoever knows its id."""

from datetime import timedelta

from tests.api_clients import Apis, Client, Shop, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .bookings import ELEVEN, NINE, TEN, rows
from .people import Post, accept, join
from .test_holds import DAY, hold, path_of, public_path, release, wanted


def test_any_free_provider_keeps_it(shop: Shop) -> None:
    other = shop.add_provider(shop.location)
    kept = {hold(shop, providerId=None)["providerId"] for _ in range(2)}
    assert kept == {shop.provider["id"], other["id"]}
    shop.booking.refused(
        "POST", "/v1/holds", 409, "slot_unavailable", json=wanted(shop, providerId=None)
    )


def test_anybody_holds_and_books(shop: Shop, anybody: Client) -> None:
    held = anybody.post(public_path(shop), wanted(shop))
    path = public_path(shop, f"holds/{held['id']}")
    assert anybody.get(path) == held
    body = shop.request(NINE)
    booking = public_path(shop, "appointments")
    anybody.refused("POST", booking, 409, "slot_unavailable", json=body)
    booked = anybody.post(booking, body | {"holdId": held["id"]})
    assert booked["startTime"] == held["startTime"]
    anybody.refused("POST", booking, 409, "hold_expired", json=body | {"holdId": held["id"]})
    other = anybody.post(public_path(shop), wanted(shop, TEN))
    release(anybody, public_path(shop, f"holds/{other['id']}"))
    assert shop.starts(DAY) == [TEN, ELEVEN]


def test_public_does_not_use_what_others_hold(shop: Shop, anybody: Client) -> None:
    held = hold(shop)
    path = public_path(shop, f"holds/{held['id']}")
    anybody.refused("GET", path, 404, "not_found")
    anybody.refused("DELETE", path, 404, "not_found")
    body = shop.request(NINE, holdId=held["id"])
    anybody.refused("POST", public_path(shop, "appointments"), 404, "not_found", json=body)


def test_one_address_keeps_few_from_others(apis: Apis, anybody: Client) -> None:
    shop = open_shop(apis)
    slots = shop.slots(shop.service, DAY, "2027-03-25")
    bodies = [wanted(shop, slot["startTime"]) for slot in slots]
    held = [anybody.post(public_path(shop), body) for body in bodies[:5]]
    apis.clock.pass_by(timedelta(minutes=1))
    answer = anybody.send("POST", public_path(shop), json=bodies[5])
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_holds")
    assert answer.headers["retry-after"] == "240"
    # Neither staff nor a key of the business are bound by it.
    for body in bodies[5:]:
        shop.booking.post("/v1/holds", body)
    anybody.post(public_path(shop, "appointments"), shop.request(NINE, holdId=held[0]["id"]))
    release(anybody, public_path(shop, f"holds/{held[1]['id']}"))
    for body in (bodies[1], wanted(shop, "2027-03-26T09:00:00+01:00")):
        anybody.post(public_path(shop), body)
    refused = wanted(shop, "2027-03-26T10:00:00+01:00")
    anybody.refused("POST", public_path(shop), 429, "too_many_holds", json=refused)
    apis.clock.pass_by(timedelta(minutes=5))
    anybody.post(public_path(shop), refused)


def test_address_is_kept_as_a_proof_alone(
    shop: Shop, anybody: Client, apis_database: DatabaseUrls
) -> None:
    anybody.post(public_path(shop), wanted(shop))
    query = "SELECT holder FROM held_times WHERE provider_id = %s"
    [row] = rows(apis_database, query, shop.provider["id"])
    assert row["holder"].startswith("address:")
    assert "testclient" not in row["holder"]


def test_user_has_own_holds(shop: Shop, apis_database: DatabaseUrls, anybody: Client) -> None:
    post = Post(apis_database)
    _, one = join(shop, post, "USER")
    _, other = join(shop, post, "USER")
    held = one.post("/v1/holds", wanted(shop))
    assert one.get(path_of(held)) == shop.booking.get(path_of(held)) == held
    other.refused("GET", path_of(held), 404, "not_found")
    other.refused("DELETE", path_of(held), 404, "not_found")
    body = wanted(shop) | {"holdId": held["id"]}
    other.refused("POST", "/v1/appointments", 404, "not_found", json=body)
    assert one.post("/v1/appointments", body)["startTime"] == held["startTime"]
    # What was held before the log-in is booked after it.
    before = anybody.post(public_path(shop), wanted(shop, TEN))
    body = wanted(shop, TEN, holdId=before["id"])
    assert other.post("/v1/appointments", body)["startTime"] == before["startTime"]


def test_provider_holds_in_the_own_calendar_alone(shop: Shop, apis_database: DatabaseUrls) -> None:
    _, client = accept(shop.booking, Post(apis_database), shop.provider["user"]["email"])
    other = shop.add_provider(shop.location)
    held = client.post("/v1/holds", wanted(shop))
    body = wanted(shop, providerId=other["id"])
    client.refused("POST", "/v1/holds", 403, "forbidden", json=body)
    foreign = hold(shop, providerId=other["id"])
    client.refused("GET", path_of(foreign), 404, "not_found")
    by_staff = hold(shop, TEN)
    release(client, path_of(by_staff))
    release(client, path_of(held))


def test_hold_of_another_business_is_none(shop: Shop, apis: Apis) -> None:
    foreign = hold(open_shop(apis))
    shop.booking.refused("GET", path_of(foreign), 404, "not_found")
    shop.refused(NINE, 404, "not_found", holdId=foreign["id"])
