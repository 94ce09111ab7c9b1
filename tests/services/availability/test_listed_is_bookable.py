"""Over days with everything on them, each listed slot can be booked and nothing else can."""

from datetime import datetime, timedelta

import pytest
from tests.api_clients import Apis, Shop, open_shop

FIRST, LAST = datetime.fromisoformat("2027-03-27T00:00:00+01:00"), timedelta(hours=71)
RASTER = timedelta(minutes=30)
REFUSALS = {"outside_availability", "not_a_slot", "slot_unavailable"}


@pytest.fixture
def busy_shop(apis: Apis) -> Shop:
    """The clocks go forward on the second of three days that are opened, blocked and booked."""
    hours = {day: [["00:00", "04:00"], ["08:00", "20:00"]] for day in ("sat", "sun", "mon")}
    service = {"duration": 30, "bufferTime": 10}
    shop = open_shop(apis, service=service, businessHours=hours)
    provider = shop.provider
    for day in range(7):
        shop.add_rule(provider, dayOfWeek=day, startTime="22:00", endTime="03:20")
        shop.add_rule(provider, dayOfWeek=day, startTime="12:00", endTime="12:45")
    shop.add_override(
        provider, date="2027-03-28", type="MEETING", startTime="10:10", endTime="10:40"
    )
    shop.add_override(
        provider, date="2027-03-29", type="AVAILABLE", startTime="13:15", endTime="18:00"
    )
    for start in ("2027-03-27T09:00:00+01:00", "2027-03-29T13:45:00+02:00"):
        shop.book(start)
    shop.book("2027-03-27T11:17:00+01:00", ignoreAvailability=True)
    return shop


def test_listed_slots_and_no_others_can_be_booked(busy_shop: Shop) -> None:
    last = FIRST + LAST
    listed = [
        datetime.fromisoformat(start)
        for start in busy_shop.starts(FIRST.isoformat(), last.isoformat())
    ]
    assert len(listed) > 12
    for start in listed:
        booked = busy_shop.book(start.isoformat())
        path = f"/v1/appointments/{booked['id']}/cancel"
        busy_shop.booking.post(path, status=200)
    steps = range((last - FIRST) // RASTER)
    others = {FIRST + RASTER * step for step in steps} - set(listed)
    seen = {refused_as(busy_shop, start) for start in sorted(others)}
    assert seen == REFUSALS


def refused_as(shop: Shop, start: datetime) -> str:
    answer = shop.booking.send("POST", "/v1/appointments", json=shop.request(start.isoformat()))
    problem = answer.json()
    assert answer.status_code == (409 if problem["code"] == "slot_unavailable" else 422), problem
    assert problem["rule"] == problem["code"]
    return str(problem["code"])
