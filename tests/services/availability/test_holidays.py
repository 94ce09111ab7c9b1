"""Public holidays: which are added, which are skipped, and by which names."""

from typing import Any

import pytest
from tests.api_clients import Shop, answered

from sloty_availability.holidays.public_holidays import public_holidays


def path_of(shop: Shop) -> str:
    return f"/v1/providers/{shop.provider['id']}/schedule"


def add(shop: Shop, **year: Any) -> Any:
    body = {"country": "DE", "subdivision": "BE", "year": 2027} | year
    answer = shop.availability.send("POST", f"{path_of(shop)}/holidays", json=body)
    found = answered(answer, 201)
    assert found["added"] == [] or shop.availability.get(answer.headers["location"])["items"]
    return found


def test_holidays_close_their_dates(shop: Shop) -> None:
    assert len(shop.starts("2027-03-26")) == 3
    found = add(shop)
    assert found["skipped"] == []
    names = {holiday["date"]: holiday["name"] for holiday in found["added"]}
    assert names["2027-03-26"] == "Karfreitag"
    assert names["2027-03-08"] == "Frauentag"
    assert shop.starts("2027-03-26") == []
    listed = shop.availability.get(path_of(shop), type="HOLIDAY")["items"]
    assert {row["id"] for row in listed} == {each["overrideId"] for each in found["added"]}
    assert {row["reason"] for row in listed} == set(names.values())


def test_holidays_are_added_once(shop: Shop) -> None:
    shop.add_override(shop.provider, date="2027-03-26", type="VACATION")
    shop.add_override(
        shop.provider, date="2027-03-29", type="MEETING", startTime="09:00", endTime="10:00"
    )
    first = add(shop)
    assert first["skipped"] == [
        {"date": "2027-03-26", "name": "Karfreitag", "why": "override_exists"}
    ]
    again = add(shop)
    assert again["added"] == []
    assert len(again["skipped"]) == len(first["added"]) + 1


def test_holidays_differ_by_subdivision(shop: Shop) -> None:
    of_all = add(shop, subdivision=None)
    of_bavaria = add(shop, subdivision="BY")
    assert "2027-01-06" in {each["date"] for each in of_bavaria["added"]}
    assert len(of_bavaria["skipped"]) == len(of_all["added"])


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"country": "XX"}, ["/country"]),
        ({"country": "de"}, ["/country"]),
        ({"country": "DEU"}, ["/country"]),
        ({"country": "JP", "year": 2100}, ["/year"]),
        ({"subdivision": "QQ"}, ["/subdivision"]),
        ({"year": 1999}, ["/year"]),
        ({"year": 10**9, "country": 1}, ["/country", "/year"]),
    ],
)
def test_unknown_country_or_year_is_named(
    shop: Shop, change: dict[str, Any], pointers: list[str]
) -> None:
    body = {"country": "DE", "year": 2027} | change
    path = f"{path_of(shop)}/holidays"
    problem = shop.availability.refused("POST", path, 422, "validation_failed", json=body)
    assert [error["pointer"] for error in problem["errors"]] == pointers


def test_names_do_not_depend_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "th")
    public_holidays.cache_clear()
    assert dict(public_holidays("AT", None, 2027)).popitem()[1] == "Stephanstag"
