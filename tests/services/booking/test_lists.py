"""Lists: what they are narrowed to, their order, and pages that hold still while rows come."""

from typing import Any

import pytest
from tests.api_clients import Apis, Business, Client, Shop, customer, open_shop


@pytest.fixture(scope="module")
def full_shop(running_apis: Apis) -> Shop:
    """Two providers, two services, seven appointments over three days."""
    shop = open_shop(running_apis)
    for day in (23, 24, 25):
        for hour in ("11", "09"):
            shop.book(f"2027-03-{day}T{hour}:00:00+01:00")
    return shop


def pages(api: Client, path: str, limit: int, **query: Any) -> list[list[Any]]:
    """The items of each page, following the cursors."""
    found: list[list[Any]] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = api.get(path, limit=limit, **query, **more)
        assert set(page) == {"items", "nextCursor"}
        found.append(page["items"])
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def test_appointments_are_listed_by_start(full_shop: Shop) -> None:
    listed = full_shop.booking.get("/v1/appointments")["items"]
    starts = [item["startTime"] for item in listed]
    assert len(starts) == 6
    assert starts == sorted(starts)


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 200])
def test_pages_of_any_size_make_the_whole(full_shop: Shop, limit: int) -> None:
    whole = full_shop.booking.get("/v1/appointments")["items"]
    found = pages(full_shop.booking, "/v1/appointments", limit)
    assert [item for page in found for item in page] == whole
    assert all(len(page) == limit for page in found[:-1])


def test_pages_hold_still_while_rows_come(apis: Apis) -> None:
    business = apis.sign_up()
    names = [f"room {number}" for number in range(4)]
    for name in names:
        business.add_location(name=name)
    first = business.booking.get("/v1/locations", limit=2)
    business.add_location(name="added meanwhile")
    rest = business.booking.get("/v1/locations", limit=200, cursor=first["nextCursor"])
    listed = [item["name"] for item in first["items"] + rest["items"]]
    assert listed == [*names, "added meanwhile"]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"from": "2027-03-24T08:00:00Z"}, [2, 3, 4, 5]),
        ({"from": "2027-03-24T08:00:01Z"}, [3, 4, 5]),
        ({"to": "2027-03-24T08:00:00Z"}, [0, 1]),
        ({"to": "2027-03-24T08:00:00.000001Z"}, [0, 1, 2]),
        ({"from": "2027-03-24T08:00:00Z", "to": "2027-03-24T08:00:00Z"}, []),
        ({"status": "SCHEDULED"}, [0, 1, 2, 3, 4, 5]),
        ({"status": "CANCELLED"}, []),
    ],
)
def test_appointments_are_narrowed(
    full_shop: Shop, query: dict[str, str], places: list[int]
) -> None:
    whole = full_shop.booking.get("/v1/appointments")["items"]
    narrowed = full_shop.booking.get("/v1/appointments", **query)["items"]
    assert narrowed == [whole[place] for place in places]


def test_appointments_are_narrowed_to_whom_and_what(full_shop: Shop) -> None:
    listed = full_shop.booking.get("/v1/appointments")["items"]
    other = full_shop.add_location(name="Elsewhere")["id"]
    for name in ("providerId", "customerId", "serviceId", "locationId"):
        wanted = listed[0][name]
        found = full_shop.booking.get("/v1/appointments", **{name: wanted})["items"]
        assert found == [item for item in listed if item[name] == wanted]
        assert full_shop.booking.get("/v1/appointments", **{name: other})["items"] == []


def test_catalogue_lists_are_narrowed(apis: Apis) -> None:
    business = apis.sign_up()
    closed = business.add_location(name="Closed", status="INACTIVE")
    opened = business.add_location(name="Open")
    gone = business.add_provider(closed, hours=None, isActive=False)
    here = business.add_provider(opened, hours=None)
    spa = business.add_service(name="Spa", category="wellness")
    old = business.add_service(name="Old", isActive=False)
    assert listed(business, "/v1/locations", status="INACTIVE") == [closed]
    assert listed(business, "/v1/locations", status="ACTIVE") == [opened]
    assert listed(business, "/v1/providers", isActive="true") == [here]
    assert listed(business, "/v1/providers", isActive="false") == [gone]
    assert listed(business, "/v1/providers", locationId=closed["id"]) == [gone]
    assert listed(business, "/v1/services", category="wellness") == [spa]
    assert listed(business, "/v1/services", isActive="false") == [old]


def test_customers_are_found_by_address_and_part(apis: Apis) -> None:
    business = apis.sign_up()
    rows = [
        customer(firstName="Zoë", lastName="O'Hara 100%", email="Zoe@Mail.Example"),
        customer(firstName="Mia", lastName="Under_Score", email="mia@mail.example"),
    ]
    zoe, mia = (business.booking.post("/v1/customers", row) for row in rows)
    for address in ("Zoe@Mail.Example", "zoe@mail.example", "ZOE@MAIL.EXAMPLE"):
        assert listed(business, "/v1/customers", email=address) == [zoe]
    assert listed(business, "/v1/customers", email="zo@mail.example") == []
    for part, found in {
        "zoË o'h": [zoe],
        "100%": [zoe],
        "%": [zoe],
        "_": [mia],
        "mail.example": [zoe, mia],
        "\\": [],
    }.items():
        assert listed(business, "/v1/customers", q=part) == found, part


def test_cursor_of_another_list_is_refused(full_shop: Shop) -> None:
    cursor = full_shop.booking.get("/v1/appointments", limit=1)["nextCursor"]
    for wrong in (cursor[:-2], "x", "", "e30", "W10", f"{cursor}A"):
        full_shop.booking.refused(
            "GET", "/v1/appointments", 422, "validation_failed", params={"cursor": wrong}
        )
    problem = full_shop.booking.refused(
        "GET", "/v1/customers", 422, "validation_failed", params={"cursor": cursor}
    )
    assert [error["pointer"] for error in problem["errors"]] == ["query:cursor"]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "", str(2**63)])
def test_limit_is_from_1_to_200(full_shop: Shop, limit: str) -> None:
    problem = full_shop.booking.refused(
        "GET", "/v1/appointments", 422, "validation_failed", params={"limit": limit}
    )
    assert [error["pointer"] for error in problem["errors"]] == ["query:limit"]


def listed(business: Business, path: str, **query: str) -> list[Any]:
    items: list[Any] = business.booking.get(path, **query)["items"]
    return items
