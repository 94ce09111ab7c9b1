"""Calendar feeds: a secret address, what stands under it, and when it leads nowhere."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import icalendar
import psycopg
import pytest
from tests.api_clients import Apis, Clock, Shop, answered, customer, open_shop
from tests.factories import owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.ids import token_hash
from sloty_shared.models import (
    CalendarFeed,
    Provider,
    Tenant,
    TenantStatus,
    User,
    UserRole,
    UserStatus,
)

from .callers import log_in_as

NINE, TEN = "2027-03-23T09:00:00+01:00", "2027-03-23T10:00:00+01:00"


def feed_path(shop: Shop) -> str:
    return f"/v1/providers/{shop.provider['id']}/calendar/feed"


def open_feed(shop: Shop) -> str:
    """The path of a new feed's address."""
    answer = shop.availability.send("POST", feed_path(shop))
    made = answered(answer, 201)
    path = answer.headers["location"]
    assert made["url"].endswith(path)
    assert made["providerId"] == shop.provider["id"]
    return str(path)


def entries(apis: Apis, path: str) -> list[Any]:
    answer = apis.availability.send("GET", path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


def test_feed_shows_what_is_booked(apis: Apis, shop: Shop) -> None:
    path = open_feed(shop)
    assert entries(apis, path) == []
    who = customer(firstName="Grace", lastName="Hopper; RN", phone="+49 30 1234567")
    booked = shop.book(NINE, customer=who, internalNotes="late payer", notes="knee")
    [entry] = entries(apis, path)
    assert str(entry["uid"]) == booked["id"]
    assert str(entry["summary"]) == "Massage: Grace Hopper; RN"
    assert entry["dtstart"].dt.isoformat() == "2027-03-23T08:00:00+00:00"
    assert entry["dtend"].dt.isoformat() == "2027-03-23T09:00:00+00:00"
    assert str(entry["status"]) == "CONFIRMED"
    assert str(entry["location"]) == "Main street, 1 Main Street, Berlin"
    text = apis.availability.send("GET", path).text
    for private in (who["email"], who["phone"], "late payer", "knee", booked["confirmationCode"]):
        assert private not in text


def test_cancelled_appointment_leaves_the_feed(apis: Apis, shop: Shop) -> None:
    path = open_feed(shop)
    booked = shop.book(NINE)
    shop.book(TEN)
    shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", status=200)
    assert [entry["dtstart"].dt.hour for entry in entries(apis, path)] == [9]


def test_unchanged_feed_is_not_sent_again(apis: Apis, shop: Shop) -> None:
    path = open_feed(shop)
    shop.book(NINE)
    first = apis.availability.send("GET", path)
    known = {"If-None-Match": first.headers["etag"]}
    assert apis.availability.send("GET", path, headers=known).status_code == 304
    shop.book(TEN)
    assert apis.availability.send("GET", path, headers=known).status_code == 200


def test_feed_reaches_from_last_month_to_half_a_year(apis: Apis, shop: Shop, clock: Clock) -> None:
    path = open_feed(shop)
    shop.book(NINE)
    for days, shown in ((30, 1), (2, 0), (-300, 0), (100, 1)):
        clock.pass_by(timedelta(days=days))
        assert len(entries(apis, path)) == shown


def test_new_address_ends_the_old_one(apis: Apis, shop: Shop) -> None:
    old, new = open_feed(shop), open_feed(shop)
    assert old != new
    apis.availability.refused("GET", old, 404, "not_found")
    assert entries(apis, new) == []
    closed = shop.availability.send("DELETE", feed_path(shop))
    assert closed.status_code == 204
    apis.availability.refused("GET", new, 404, "not_found")
    shop.availability.refused("DELETE", feed_path(shop), 404, "not_found")


def test_only_the_hash_of_the_secret_is_kept(shop: Shop, apis_database: DatabaseUrls) -> None:
    secret = open_feed(shop).removeprefix("/v1/calendars/").removesuffix(".ics")
    with psycopg.connect(apis_database.owner_url) as owner:
        rows = owner.execute(
            "SELECT token_hash FROM calendar_feeds WHERE tenant_id = %s", [shop.tenant["id"]]
        ).fetchall()
        events = owner.execute(
            "SELECT action, after::text FROM audit_events WHERE tenant_id = %s",
            [shop.tenant["id"]],
        ).fetchall()
    assert rows == [(token_hash(secret),)]
    [(_, after)] = [event for event in events if event[0] == "calendar_feed.created"]
    assert "token" not in after
    assert secret not in str(events)


@pytest.mark.parametrize("secret", ["x", "%00", "%ED%A0%80", "x" * 5000, "..%2F", "%F0%9F%92%A3"])
def test_wrong_secret_leads_nowhere(apis: Apis, secret: str) -> None:
    apis.availability.refused("GET", f"/v1/calendars/{secret}.ics", 404, "not_found")


@pytest.mark.parametrize("switched_off", ["provider", "user", "tenant"])
def test_feed_ends_with_whose_it_is(
    apis: Apis, shop: Shop, apis_database: DatabaseUrls, switched_off: str
) -> None:
    path = open_feed(shop)
    with owner_session(apis_database.owner_url) as session:
        if switched_off == "provider":
            session.get_one(Provider, UUID(shop.provider["id"])).is_active = False
        elif switched_off == "user":
            session.get_one(User, UUID(shop.provider["userId"])).status = UserStatus.INACTIVE
        else:
            tenant = session.get_one(Tenant, UUID(shop.tenant["id"]))
            tenant.status = TenantStatus.SUSPENDED
    apis.availability.refused("GET", path, 404, "not_found")


def test_feed_is_opened_by_who_may_see_it(shop: Shop, apis_database: DatabaseUrls) -> None:
    granted = log_in_as(apis_database, shop, UserRole.USER, permissions=["schedules:write"])
    granted.refused("POST", feed_path(shop), 403, "forbidden")
    user = log_in_as(apis_database, shop, UserRole.USER)
    user.refused("DELETE", feed_path(shop), 403, "forbidden")


def test_feed_of_another_business_is_out_of_reach(apis: Apis, shop: Shop) -> None:
    other = open_shop(apis)
    open_feed(other)
    shop.availability.refused("POST", feed_path(other), 404, "not_found")
    shop.availability.refused("DELETE", feed_path(other), 404, "not_found")


def test_repeated_opening_shows_the_same_secret(shop: Shop, apis_database: DatabaseUrls) -> None:
    """A client that lost the answer gets it again, and the first address stays."""
    key = {"Idempotency-Key": "feed-1"}
    first = shop.availability.send("POST", feed_path(shop), headers=key)
    again = shop.availability.send("POST", feed_path(shop), headers=key)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    with owner_session(apis_database.owner_url) as session:
        feeds = session.query(CalendarFeed).filter_by(tenant_id=UUID(shop.tenant["id"])).all()
    assert [feed.version for feed in feeds] == [1]
