"""A calendar that is open where it was not: what has come free by it is offered too."""

from typing import Any

import pytest
from tests.api_clients import answered
from tests.services.booking.bookings import change_settings

from .line import AT_NINE, DAY, Line


def publish_a_rule(line: Line) -> None:
    line.shop.add_rule(line.shop.provider, dayOfWeek=2, startTime="12:00", endTime="13:00")


def publish_an_override(line: Line) -> None:
    opened = {"date": DAY, "type": "AVAILABLE", "startTime": "09:00", "endTime": "13:00"}
    line.shop.add_override(line.shop.provider, **opened)


def publish_a_colleague(line: Line) -> None:
    line.shop.add_provider(line.shop.location, hours=("12:00", "13:00"))


def extend_the_opening_hours(line: Line) -> None:
    shop = line.shop
    location = f"/v1/locations/{shop.location['id']}"
    hours = {"businessHours": {"tue": [["09:00", "12:00"]]}}
    answered(shop.booking.send("PATCH", location, json=hours), 200)
    publish_a_rule(line)
    assert line.scan() == 0
    answered(shop.booking.send("PATCH", location, json={"businessHours": {}}), 200)


@pytest.mark.parametrize(
    "publish",
    [publish_a_rule, publish_an_override, publish_a_colleague, extend_the_opening_hours],
)
def test_new_availability_is_offered(line: Line, publish: Any) -> None:
    entry = line.join()
    assert line.scan() == 0
    publish(line)
    assert line.scan() == 1
    assert line.offered(entry) == "2027-03-23T11:00:00Z"


def test_block_that_is_lifted_is_offered(line: Line) -> None:
    override = line.shop.add_override(line.shop.provider, date=DAY, type="SICK")
    entry = line.join()
    line.free()
    assert line.scan() == 0
    path = f"/v1/providers/{line.shop.provider['id']}/schedule/{override['id']}"
    assert line.shop.availability.send("DELETE", path).status_code == 204
    assert line.scan() == 1
    assert line.offered(entry) == AT_NINE


def test_finer_grid_is_offered(line: Line) -> None:
    for place in (1, 2):
        line.free(place)
    line.shop.book(f"{DAY}T10:30:00+01:00", ignoreAvailability=True)
    line.shop.add_rule(line.shop.provider, dayOfWeek=2, startTime="12:00", endTime="12:30")
    entry = line.join()
    assert line.scan() == 0
    change_settings(line.shop, slotInterval=30)
    assert line.scan() == 1
    assert line.offered(entry) == "2027-03-23T10:30:00Z"
