"""A business's own description and settings, and what its plan includes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.api_clients import Apis, Business, answered, in_process, open_shop, settings_of

from sloty_deploy.scratch import DatabaseUrls, ScratchBroker

from .people import Post, new_email

PLANS = '{"FREE": {"providers": 2, "appointmentsPerMonth": 3}, "BASIC": {"providers": null}}'


@pytest.fixture(scope="module")
def planned(apis_database: DatabaseUrls, apis_broker: ScratchBroker) -> Iterator[Apis]:
    """Both APIs with small plans, at the real time: a month is told by the ids of its bookings."""
    with in_process(settings_of(apis_database.app_url, apis_broker.url, plan_limits=PLANS)) as apis:
        apis.clock.now = datetime.now(UTC)
        yield apis


def subscribe(post: Post, business: Business, status: str, tier: str = "FREE") -> None:
    post.change(
        "UPDATE tenants SET subscription_status = %s, subscription_tier = %s WHERE id = %s",
        status,
        tier,
        business.tenant["id"],
    )


def test_settings_are_replaced_as_a_whole(business: Business) -> None:
    settings = {
        "slotInterval": 15,
        "cancellationCutoffHours": 24,
        "approvalExpiryHours": 48,
        "quietHours": {"start": "21:00", "end": "08:00"},
        "defaultLocale": "pt-BR",
        "senderName": "Front desk",
    }
    for given in (settings, {"slotInterval": 20}, {}):
        changed = business.booking.send("PATCH", "/v1/tenant", json={"settings": given})
        assert answered(changed, 200)["settings"] == given


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"settings": {"slotInterval": 0}}, "/settings/slotInterval"),
        ({"settings": {"slotInterval": True}}, "/settings/slotInterval"),
        ({"settings": {"defaultLocale": "german"}}, "/settings/defaultLocale"),
        ({"settings": {"senderName": "a\nb"}}, "/settings/senderName"),
        ({"settings": {"quietHours": {"start": "21:00"}}}, "/settings/quietHours/end"),
        (
            {"settings": {"quietHours": {"start": "9", "end": "10:00"}}},
            "/settings/quietHours/start",
        ),
        ({"settings": {"quietHours": {"start": "09:00", "end": "09:00"}}}, "/settings/quietHours"),
        ({"settings": {"cancellationCutoffHours": -1}}, "/settings/cancellationCutoffHours"),
        ({"settings": {"colour": "red"}}, "/settings/colour"),
        ({"domain": "localhost"}, "/domain"),
        ({"domain": "Booking.Example.com"}, "/domain"),
        ({"domain": "booking.example.com/"}, "/domain"),
        ({"domain": "192.0.2.1"}, "/domain"),
        ({"domain": f"{'a' * 64}.example"}, "/domain"),
        ({"domain": "a." * 127 + "example"}, "/domain"),
        ({"billingEmail": "nobody"}, "/billingEmail"),
        ({"name": ""}, "/name"),
        ({"slug": "another"}, "/slug"),
        ({"status": "ACTIVE"}, "/status"),
        ({"subscriptionTier": "PRO"}, "/subscriptionTier"),
        ({"trialEndsAt": "2100-01-01T00:00:00Z"}, "/trialEndsAt"),
    ],
)
def test_faulty_change_names_its_field(
    business: Business, body: dict[str, Any], pointer: str
) -> None:
    problem = business.booking.refused("PATCH", "/v1/tenant", 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_billing_address_may_be_taken_away(business: Business) -> None:
    for given, kept in (("bills@example.com", "bills@example.com"), ("", None)):
        changed = business.booking.send("PATCH", "/v1/tenant", json={"billingEmail": given})
        assert answered(changed, 200)["billingEmail"] == kept


def test_domain_leads_to_one_business(business: Business, apis: Apis) -> None:
    domain = f"{business.tenant['slug']}.example.com"
    changed = business.booking.send("PATCH", "/v1/tenant", json={"domain": domain})
    assert answered(changed, 200)["domain"] == domain
    other = apis.sign_up()
    other.booking.refused("PATCH", "/v1/tenant", 409, "domain_taken", json={"domain": domain})
    newcomer = {"email": new_email(), "password": "correct horse", "name": "Grace"}
    made = apis.booking.post(f"/v1/public/{domain}/register", newcomer)
    assert made["user"]["tenantId"] == business.tenant["id"]
    gone = business.booking.send("PATCH", "/v1/tenant", json={"domain": ""})
    assert answered(gone, 200)["domain"] is None
    answered(other.booking.send("PATCH", "/v1/tenant", json={"domain": domain}), 200)


def test_stale_change_of_the_business_is_refused(business: Business) -> None:
    fresh = {"If-Match": business.booking.send("GET", "/v1/tenant").headers["etag"]}
    with ThreadPoolExecutor(8) as threads:
        statuses = threads.map(
            lambda number: (
                business.booking.send(
                    "PATCH", "/v1/tenant", json={"name": f"Name {number}"}, headers=fresh
                ).status_code
            ),
            range(8),
        )
    assert sorted(statuses) == [200] + [412] * 7


def test_plan_bounds_active_providers(planned: Apis, post: Post) -> None:
    shop = open_shop(planned)
    subscribe(post, shop, "ACTIVE")
    inactive = shop.add_provider(shop.location, hours=None, isActive=False)
    assert inactive["isActive"] is False
    shop.add_provider(shop.location, hours=None)
    user = {"email": new_email(), "name": "N"}
    body = {"user": user, "locationId": shop.location["id"]}
    shop.booking.refused("POST", "/v1/providers", 402, "plan_limit", json=body)
    for status, tier in (("TRIAL", "FREE"), ("ACTIVE", "BASIC"), ("ACTIVE", "ENTERPRISE")):
        subscribe(post, shop, status, tier)
        shop.add_provider(shop.location, hours=None)


def test_plan_holds_against_providers_at_once(planned: Apis, post: Post) -> None:
    shop = open_shop(planned)
    subscribe(post, shop, "ACTIVE")
    bodies = [
        {"user": {"email": new_email(), "name": "N"}, "locationId": shop.location["id"]}
        for _ in range(8)
    ]
    with ThreadPoolExecutor(8) as threads:
        answers = threads.map(
            lambda body: shop.booking.send("POST", "/v1/providers", json=body), bodies
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [402] * 7


def test_plan_bounds_appointments_of_a_month(planned: Apis, post: Post) -> None:
    shop = open_shop(planned)
    subscribe(post, shop, "ACTIVE")
    day = planned.clock.now.date().isoformat()
    last = f"{planned.clock.now.year + 1}-01-01"
    free = shop.slots(shop.service, day, min(last, shift(day, 20)))
    for slot in free[:3]:
        booked = shop.book(slot["startTime"])
    shop.booking.post(f"/v1/appointments/{booked['id']}/cancel", status=200)
    shop.refused(free[4]["startTime"], 402, "plan_limit")
    subscribe(post, shop, "TRIAL")
    shop.book(free[4]["startTime"])
    subscribe(post, shop, "ACTIVE", "BASIC")
    shop.book(free[5]["startTime"])


def test_plan_counts_each_of_a_series(planned: Apis, post: Post) -> None:
    """With `skip`, as many are booked as the plan has room for."""
    shop = open_shop(planned, timezone="UTC")
    subscribe(post, shop, "ACTIVE")
    nine = f"{shift(planned.clock.now.date().isoformat(), 3)}T09:00:00Z"
    series = shop.request(nine, rule="FREQ=DAILY;COUNT=4")
    path = "/v1/appointments/series"
    shop.booking.refused("POST", path, 402, "plan_limit", json=series)
    made = shop.booking.post(path, series | {"onConflict": "skip"})
    rules = [each["rule"] for each in made["occurrences"]]
    assert rules == [None, None, None, "plan_limit"]
    shop.booking.refused("POST", path, 402, "plan_limit", json=series | {"onConflict": "skip"})


def shift(day: str, days: int) -> str:
    ordinal = datetime.fromisoformat(day).toordinal() + days
    return datetime.fromordinal(ordinal).date().isoformat()


def test_bookings_of_other_months_and_businesses_do_not_count(planned: Apis, post: Post) -> None:
    shop, other = open_shop(planned), open_shop(planned)
    day = planned.clock.now.date().isoformat()
    for each in (shop, other):
        for slot in each.slots(each.service, day, shift(day, 20))[:3]:
            each.book(slot["startTime"])
    subscribe(post, shop, "ACTIVE")
    before = planned.clock.now
    planned.clock.now = before.replace(
        year=before.year + before.month // 12, month=before.month % 12 + 1, day=1
    )
    start = planned.clock.now.date().isoformat()
    shop.book(shop.slots(shop.service, start, shift(start, 20))[0]["startTime"])
    planned.clock.now = before
