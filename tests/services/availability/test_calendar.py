"""A provider's calendar: what is open, blocked and booked, and who sees whose."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.api_clients import Apis, Clock, Shop, open_shop
from tests.factories import owner_session

from sloty_deploy.scratch import DatabaseUrls
from sloty_shared.ids import new_id
from sloty_shared.models import HeldTime, UserRole

from .callers import log_in_as, log_in_user

DAY = {"from": "2027-03-23", "to": "2027-03-23"}


def calendar(shop: Shop, **query: Any) -> Any:
    return shop.availability.get(f"/v1/providers/{shop.provider['id']}/calendar", **(DAY | query))


def test_calendar_shows_open_blocked_and_booked(apis: Apis) -> None:
    shop = open_shop(apis, service={"bufferTime": 15})
    block = shop.add_override(
        shop.provider,
        date="2027-03-23",
        type="MEETING",
        reason="Team",
        startTime="11:30",
        endTime="13:00",
    )
    booked = shop.book("2027-03-23T09:00:00+01:00")
    cancelled = shop.book("2027-03-23T10:15:00+01:00", ignoreAvailability=True)
    shop.booking.post(f"/v1/appointments/{cancelled['id']}/cancel", status=200)
    assert calendar(shop) == {
        "providerId": shop.provider["id"],
        "timezone": "Europe/Berlin",
        "open": [
            {"startTime": "2027-03-23T09:00:00+01:00", "endTime": "2027-03-23T12:00:00+01:00"}
        ],
        "blocked": [
            {
                "startTime": "2027-03-23T11:30:00+01:00",
                "endTime": "2027-03-23T13:00:00+01:00",
                "overrideId": block["id"],
                "type": "MEETING",
                "reason": "Team",
            }
        ],
        "booked": [
            {
                "startTime": "2027-03-23T09:00:00+01:00",
                "endTime": "2027-03-23T10:00:00+01:00",
                "heldUntil": "2027-03-23T10:15:00+01:00",
                "appointmentId": booked["id"],
                "status": "SCHEDULED",
                "serviceId": shop.service["id"],
            }
        ],
    }


def test_calendar_is_cut_to_the_period_asked_for(shop: Shop) -> None:
    shop.book("2027-03-23T09:00:00+01:00")
    shop.add_override(shop.provider, date="2027-03-23", type="SICK")
    found = calendar(
        shop, **{"from": "2027-03-23T08:30:00Z", "to": "2027-03-23T09:30:00Z"}, timezone="UTC"
    )
    span = {"startTime": "2027-03-23T08:30:00Z", "endTime": "2027-03-23T09:30:00Z"}
    assert found["open"] == [span]
    assert [block["startTime"] for block in found["blocked"]] == ["2027-03-23T08:30:00Z"]
    assert [each["startTime"] for each in found["booked"]] == ["2027-03-23T08:00:00Z"]
    later = calendar(shop, **{"from": "2027-03-23T09:00:00Z", "to": "2027-03-23T09:30:00Z"})
    assert later["booked"] == []


def test_hold_is_shown_until_it_expires(
    shop: Shop, clock: Clock, apis_database: DatabaseUrls
) -> None:
    hold_id = new_id()
    start = clock.now + timedelta(days=1, hours=1)
    with owner_session(apis_database.owner_url) as session:
        session.add(
            HeldTime(
                id=hold_id,
                tenant_id=UUID(shop.tenant["id"]),
                provider_id=UUID(shop.provider["id"]),
                service_id=UUID(shop.service["id"]),
                held_from=start,
                held_until=start + timedelta(hours=1),
                seat_group=hold_id,
                expires_at=clock.now + timedelta(minutes=10),
            )
        )
    [held] = calendar(shop)["booked"]
    assert (held["appointmentId"], held["status"]) == (None, None)
    assert len(shop.starts("2027-03-23")) == 2
    clock.pass_by(timedelta(minutes=11))
    assert calendar(shop)["booked"] == []


def test_past_appointment_stays_in_the_calendar(shop: Shop, clock: Clock) -> None:
    booked = shop.book("2027-03-23T09:00:00+01:00")
    clock.pass_by(timedelta(days=2))
    found = calendar(shop)["booked"]
    assert [each["appointmentId"] for each in found] == [booked["id"]]


def test_provider_sees_the_own_calendar_and_users_none(
    shop: Shop, apis_database: DatabaseUrls
) -> None:
    path = f"/v1/providers/{shop.provider['id']}/calendar"
    booked = shop.book("2027-03-23T09:00:00+01:00")
    own = log_in_user(apis_database, shop, shop.provider["userId"])
    assert own.get(path, **DAY)["booked"][0]["appointmentId"] == booked["id"]
    user = log_in_as(apis_database, shop, UserRole.USER)
    user.refused("GET", path, 403, "forbidden", params=DAY)


def test_caller_without_right_sees_times_alone(shop: Shop, apis_database: DatabaseUrls) -> None:
    """A grant to read calendars is none to read appointments."""
    shop.book("2027-03-23T09:00:00+01:00")
    granted = log_in_as(apis_database, shop, UserRole.USER, permissions=["schedules:read"])
    path = f"/v1/providers/{shop.provider['id']}/calendar"
    [booked] = granted.get(path, **DAY)["booked"]
    assert booked["startTime"] == "2027-03-23T09:00:00+01:00"
    assert {booked[name] for name in ("appointmentId", "status", "serviceId")} == {None}


def test_calendar_of_another_business_is_not_found(apis: Apis, shop: Shop) -> None:
    other = open_shop(apis)
    path = f"/v1/providers/{other.provider['id']}/calendar"
    shop.availability.refused("GET", path, 404, "not_found", params=DAY)


def test_calendar_is_bounded_to_62_days(shop: Shop) -> None:
    path = f"/v1/providers/{shop.provider['id']}/calendar"
    for query, pointers in (
        ({"from": "2027-03-23", "to": "2027-06-23"}, ["query:to"]),
        ({"from": "2027-03-23", "to": "2027-03-01"}, ["query:to"]),
        ({"from": "x"}, ["query:from", "query:to"]),
    ):
        problem = shop.availability.refused("GET", path, 422, "validation_failed", params=query)
        assert [error["pointer"] for error in problem["errors"]] == pointers
