"""What slot lists look like as bytes: their texts, their tags, and that nobody needs a log-in."""

from datetime import UTC, datetime, timedelta
from itertools import product
from operator import itemgetter
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api_clients import Apis, Shop, answered, open_shop

from sloty_availability.slots.schemas import Slot, SlotList
from sloty_availability.slots.written import Place, tag_of_list, written_list
from sloty_shared.models import PLATFORM_SLUG

ZONES = ["UTC", "Europe/London", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe"]
Listed = tuple[list[tuple[int, Place]], int, str]
DAY = {"from": "2027-03-23", "to": "2027-03-23"}


@given(
    zone=st.sampled_from(ZONES),
    starts=st.lists(st.integers(1_750_000_000, 1_950_000_000), max_size=20).map(sorted),
    duration=st.integers(1, 10_080).map(lambda minutes: minutes * 60),
)
def test_bytes_are_those_of_the_model(zone: str, starts: list[int], duration: int) -> None:
    provider, location = uuid4(), uuid4()
    slots = [
        Slot(
            start_time=datetime.fromtimestamp(start, ZoneInfo(zone)),
            end_time=datetime.fromtimestamp(start + duration, ZoneInfo(zone)),
            provider_id=provider,
            location_id=location,
        )
        for start in starts
    ]
    modelled = SlotList(items=slots, timezone=zone).model_dump_json().encode()
    found = [(start, Place(provider, location)) for start in starts]
    assert written_list(found, duration, zone) == modelled


PLACES = [
    Place(UUID(int=provider), UUID(int=location), left=left)
    for provider, location, left in product((1, 2), (1, 2), (None, 1, 2))
]
LISTS = st.tuples(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(PLACES)), max_size=3),
    st.integers(1, 2),
    st.sampled_from(ZONES[:2]),
)


@settings(max_examples=300)
@given(LISTS, LISTS)
def test_tag_tells_texts_apart(one: Listed, other: Listed) -> None:
    """Lists near a change of London's clock, so that often only one thing differs."""
    (text, tag), (other_text, other_tag) = map(told, (one, other))
    if one[0] or other[0]:
        assert (tag == other_tag) == (text == other_text)
    else:
        # Nothing more is promised of empty ones than that the zone shows.
        assert text == other_text or tag != other_tag
    assert told(one)[1] == tag


def told(listed: Listed) -> tuple[bytes, str]:
    slots, hours, zone = listed
    hour = 3600
    change = 1_774_746_000
    found = sorted(((change + (n - 2) * hour, place) for n, place in slots), key=itemgetter(0))
    return written_list(found, hours * hour, zone), tag_of_list(found, hours * hour, zone)


def test_unchanged_list_is_not_sent_again(shop: Shop) -> None:
    asked = {"serviceId": shop.service["id"]} | DAY
    first = shop.availability.send("GET", "/v1/slots", params=asked)
    tag = first.headers["etag"]
    known = {"If-None-Match": f'"other", {tag}'}
    again = shop.availability.send("GET", "/v1/slots", params=asked, headers=known)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    token = ("Authorization", f"Bearer {shop.availability.token}")
    again = shop.availability.http.get("/v1/slots", params=asked, headers=[token, *lines])
    assert again.status_code == 304
    shop.book("2027-03-23T09:00:00+01:00")
    taken = shop.availability.send("GET", "/v1/slots", params=asked, headers=known)
    assert len(answered(taken, 200)["items"]) == 2
    assert taken.headers["etag"] != tag


def test_public_sees_the_same_slots(apis: Apis, shop: Shop) -> None:
    public = f"/v1/public/{shop.tenant['slug']}/slots"
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    listed = apis.availability.send("GET", public, params=asked | DAY)
    assert answered(listed, 200) == shop.availability.get("/v1/slots", **asked, **DAY)
    known = {"If-None-Match": listed.headers["etag"]}
    again = apis.availability.send("GET", public, params=asked | DAY, headers=known)
    assert again.status_code == 304
    first = apis.availability.get(f"{public}/next", **asked)
    assert first == shop.availability.get("/v1/slots/next", **asked)


def test_public_sees_no_service_that_is_off(apis: Apis) -> None:
    shop = open_shop(apis, service={"isActive": False})
    asked = {"serviceId": shop.service["id"]}
    public = f"/v1/public/{shop.tenant['slug']}/slots"
    apis.availability.refused("GET", public, 404, "not_found", params=asked | DAY)
    apis.availability.refused("GET", f"{public}/next", 404, "not_found", params=asked)
    assert shop.availability.get("/v1/slots", **asked, **DAY)["items"] == []


def test_public_is_shown_one_business_only(apis: Apis, shop: Shop) -> None:
    other = open_shop(apis)
    asked = {"serviceId": other.service["id"]} | DAY
    public = f"/v1/public/{shop.tenant['slug']}/slots"
    apis.availability.refused("GET", public, 404, "not_found", params=asked)
    for slug in ("nobody", PLATFORM_SLUG, "%00", "x" * 300):
        apis.availability.refused("GET", f"/v1/public/{slug}/slots", 404, "not_found", params=asked)


@pytest.mark.parametrize("path", ["/v1/slots", "/v1/public/{slug}/slots"])
def test_bad_period_names_its_parameter(shop: Shop, path: str) -> None:
    path = path.format(slug=shop.tenant["slug"])
    asked = {"serviceId": shop.service["id"]}
    for query, pointers in (
        ({}, ["query:from", "query:to"]),
        ({"from": "2027-03-23", "to": "2028-04-26"}, ["query:to"]),
        ({"from": "2027-03-23", "to": "2027-03-22"}, ["query:to"]),
        ({"from": "2027-03-23T09:00:00", "to": "x"}, ["query:from", "query:to"]),
        (DAY | {"timezone": "Mars/Olympus"}, ["query:timezone"]),
        (DAY | {"serviceId": "1"}, ["query:serviceId"]),
    ):
        problem = shop.availability.refused(
            "GET", path, 422, "validation_failed", params=asked | query
        )
        assert [error["pointer"] for error in problem["errors"]] == pointers


def test_next_slot_is_the_first_of_the_list(shop: Shop) -> None:
    early = shop.add_provider(shop.location, hours=("08:30", "10:30"))
    asked = {"serviceId": shop.service["id"]}
    found = shop.availability.get("/v1/slots/next", **asked)
    assert found["timezone"] == "UTC"
    listed = shop.slots(shop.service, "2027-03-22", "2027-03-22")
    assert found | {"timezone": None} == listed[0] | {"timezone": None}
    assert found["providerId"] == early["id"]
    of_one = shop.availability.get("/v1/slots/next", **asked, providerId=shop.provider["id"])
    assert of_one["startTime"] == "2027-03-22T09:00:00+01:00"
    assert of_one["timezone"] == "Europe/Berlin"


def test_next_slot_comes_after_what_is_named(shop: Shop) -> None:
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    walked = []
    after: dict[str, str] = {}
    for _ in range(4):
        found = shop.availability.get("/v1/slots/next", **asked, **after)
        walked.append(found["startTime"])
        after = {"after": found["startTime"]}
    assert walked == shop.starts("2027-03-22", "2027-03-23")[:4]
    for moment, expected in (
        ("2027-04-01", "2027-04-01T09:00:00+02:00"),
        ("2027-04-01T06:59:59.5Z", "2027-04-01T09:00:00+02:00"),
        ("2027-04-01T09:00:00+02:00", "2027-04-01T10:00:00+02:00"),
        ("2020-01-01", walked[0]),
    ):
        found = shop.availability.get("/v1/slots/next", **asked, after=moment)
        assert found["startTime"] == expected


def test_next_slot_is_looked_for_a_year_ahead(apis: Apis) -> None:
    shop = open_shop(apis)
    provider = shop.add_provider(shop.location, hours=None)
    asked = {"serviceId": shop.service["id"], "providerId": provider["id"]}
    shop.availability.refused("GET", "/v1/slots/next", 404, "no_slot", params=asked)
    for date in ("2028-03-22", "2028-03-20"):
        opening = {"date": date, "type": "AVAILABLE", "startTime": "10:00", "endTime": "11:00"}
        shop.add_override(provider, **opening)
    found = shop.availability.get("/v1/slots/next", **asked)
    assert found["startTime"] == "2028-03-20T10:00:00+01:00"
    later = asked | {"after": "2028-03-20T10:00:00+01:00"}
    found = shop.availability.get("/v1/slots/next", **later)
    assert found["startTime"] == "2028-03-22T10:00:00+01:00"
    shop.availability.refused(
        "GET", "/v1/slots/next", 404, "no_slot", params=asked | {"after": "2200-12-31"}
    )


@pytest.mark.parametrize(("days", "found"), [(3, False), (4, True)])
def test_next_slot_is_no_later_than_may_be_booked(apis: Apis, days: int, *, found: bool) -> None:
    shop = open_shop(apis, service={"maxAdvanceBooking": days})
    provider = shop.add_provider(shop.location, hours=None)
    opening = {"type": "AVAILABLE", "startTime": "23:00", "endTime": "24:00"}
    shop.add_override(provider, date="2027-03-26", **opening)
    asked = {"serviceId": shop.service["id"], "providerId": provider["id"]}
    if found:
        slot = shop.availability.get("/v1/slots/next", **asked)
        assert slot["startTime"] == "2027-03-26T23:00:00+01:00"
    else:
        shop.availability.refused("GET", "/v1/slots/next", 404, "no_slot", params=asked)


def test_next_slot_agrees_with_lists_of_all_days(shop: Shop) -> None:
    """Wherever one asks from, the list of the days that follow begins with the next slot."""
    shop.add_override(shop.provider, date="2027-04-02", type="VACATION")
    asked = {"serviceId": shop.service["id"], "providerId": shop.provider["id"]}
    start = datetime(2027, 3, 27, 20, tzinfo=UTC)
    for step in range(0, 160, 7):
        moment = start + timedelta(hours=step)
        after = moment.isoformat()
        found = shop.availability.get("/v1/slots/next", **asked, after=after)
        last = (moment + timedelta(days=9)).isoformat()
        listed = shop.starts((moment + timedelta(seconds=1)).isoformat(), last)
        assert found["startTime"] == listed[0]
