"""Who comes along: invited once, told of changes, and theirs to change by whoever may."""

from typing import Any

import pytest
from tests.api_clients import Apis, Shop, answered, customer, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .bookings import NINE, TEN, act, actions_on, kinds, messages, path_of, set_status
from .people import Post, join

ALAN = {
    "name": "Alan",
    "email": "alan@people.example",
    "phone": "+44 161 4960000",
    "relationship": "brother",
}


def add(shop: Shop, booked: Any, **fields: Any) -> Any:
    return shop.booking.post(path_of(booked, "participants"), {"name": "Alan"} | fields)


def told(shop: Shop, booked: Any) -> list[tuple[str, str]]:
    return [(each["kind"], each["recipient"]) for each in messages(shop, booked)]


def test_participants_are_booked_along_and_told(shop: Shop) -> None:
    person = customer()
    come = [ALAN, {"name": "Joan"}, {"name": "Him again", "email": "ALAN@people.example"}]
    come.append({"name": "Herself", "email": person["email"].upper()})
    booked = shop.book(NINE, customer=person, participants=come)
    listed = shop.booking.get(path_of(booked, "participants"))["items"]
    assert [each["name"] for each in listed] == ["Alan", "Joan", "Him again", "Herself"]
    assert {name: listed[0][name] for name in ALAN} == ALAN
    assert {each["status"] for each in listed} == {"INVITED"}
    assert told(shop, booked) == [("BOOKED", person["email"]), ("BOOKED", ALAN["email"])]
    act(shop.booking, booked, "cancel")
    assert told(shop, booked)[2:] == [("CANCELLED", person["email"]), ("CANCELLED", ALAN["email"])]


def test_participants_hear_nothing_of_a_request(apis: Apis) -> None:
    shop = open_shop(apis, service={"requiresApproval": True})
    booked = shop.book(NINE, participants=[ALAN])
    add(shop, booked, email="joan@people.example")
    assert kinds(shop, booked) == ["REQUESTED"]
    act(shop.booking, booked, "confirm")
    invited = {to for kind, to in told(shop, booked) if kind == "CONFIRMED"}
    assert invited >= {"alan@people.example", "joan@people.example"}
    assert len(invited) == 3


def test_later_participant_is_invited_once(shop: Shop, apis_database: DatabaseUrls) -> None:
    booked = shop.book(NINE)
    one = add(shop, booked, email="alan@people.example")
    add(shop, booked, email="alan@people.example")
    assert [to for _, to in told(shop, booked)].count("alan@people.example") == 1
    assert actions_on(apis_database, one) == ["participant.added"]


def test_participant_is_changed_and_removed(shop: Shop, apis_database: DatabaseUrls) -> None:
    booked = shop.book(NINE, participants=[ALAN])
    (alan,) = shop.booking.get(path_of(booked, "participants"))["items"]
    path = path_of(booked, f"participants/{alan['id']}")
    read = shop.booking.send("GET", path)
    assert read.json() == alan
    change = {"name": "Al", "email": "", "relationship": "friend", "status": "CONFIRMED"}
    tag = {"If-Match": read.headers["etag"]}
    changed = answered(shop.booking.send("PATCH", path, json=change, headers=tag), 200)
    assert {name: changed[name] for name in change} == change | {"email": None}
    shop.booking.refused("PATCH", path, 412, "version_conflict", json=change, headers=tag)
    shop.booking.refused("DELETE", path, 412, "version_conflict", headers=tag)
    assert shop.booking.send("DELETE", path).status_code == 204
    shop.booking.refused("GET", path, 404, "not_found")
    assert actions_on(apis_database, alan) == ["participant.changed", "participant.removed"]


def test_who_declines_is_told_no_more(shop: Shop) -> None:
    booked = shop.book(NINE, participants=[ALAN])
    (alan,) = shop.booking.get(path_of(booked, "participants"))["items"]
    path = path_of(booked, f"participants/{alan['id']}")
    answered(shop.booking.send("PATCH", path, json={"status": "DECLINED"}), 200)
    act(shop.booking, booked, "cancel")
    assert ("CANCELLED", ALAN["email"]) not in told(shop, booked)


def test_participant_of_another_appointment_is_not_found(shop: Shop, apis: Apis) -> None:
    mine, other = shop.book(NINE), shop.book(TEN)
    alan = add(shop, other)
    foreign = open_shop(apis)
    foreign_booked = foreign.book(NINE)
    for booked in (mine, foreign_booked):
        path = path_of(booked, f"participants/{alan['id']}")
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            shop.booking.refused(method, path, 404, "not_found", json=body)
    path = path_of(foreign_booked, "participants")
    shop.booking.refused("POST", path, 404, "not_found", json={"name": "x"})
    shop.booking.refused("GET", path, 404, "not_found")


def test_nobody_joins_what_is_over(shop: Shop, apis_database: DatabaseUrls) -> None:
    booked = shop.book(NINE)
    for status in ("CANCELLED", "RESCHEDULED", "NO_SHOW", "COMPLETED"):
        set_status(apis_database, booked, status)
        body = {"name": "Alan"}
        path = path_of(booked, "participants")
        shop.booking.refused("POST", path, 409, "appointment_over", json=body)


def test_customer_names_who_comes_but_not_who_came(post: Post, shop: Shop) -> None:
    user, api = join(shop, post, "USER")
    booked = shop.book(NINE, customer=customer(email=user["email"]))
    alan = api.post(path_of(booked, "participants"), {"name": "Alan"})
    path = path_of(booked, f"participants/{alan['id']}")
    answered(api.send("PATCH", path, json={"status": "CONFIRMED"}), 200)
    api.refused("PATCH", path, 403, "forbidden", json={"status": "ATTENDED"})
    answered(shop.booking.send("PATCH", path, json={"status": "ATTENDED"}), 200)


@pytest.mark.parametrize(
    ("participant", "pointer"),
    [
        ({"email": "alan@people.example"}, "/participants/0/name"),
        ({"name": "Alan", "email": "nobody"}, "/participants/0/email"),
        ({"name": "Alan", "phone": "x"}, "/participants/0/phone"),
        ({"name": "A\x00", "status": "ATTENDED"}, "/participants/0/status"),
    ],
)
def test_bad_participant_is_named(shop: Shop, participant: Any, pointer: str) -> None:
    problem = shop.refused(NINE, 422, "validation_failed", participants=[participant])
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert shop.booking.get("/v1/appointments")["items"] == []


def test_participants_have_a_bound(shop: Shop) -> None:
    crowd = [{"name": f"P{place}"} for place in range(51)]
    shop.refused(NINE, 422, "validation_failed", participants=crowd)
    booked = shop.book(NINE, participants=crowd[:50])
    page = shop.booking.get(path_of(booked, "participants"), limit=30)
    assert len(page["items"]) == 30
    cursor = page["nextCursor"]
    rest = shop.booking.get(path_of(booked, "participants"), limit=30, cursor=cursor)
    assert [each["name"] for each in page["items"] + rest["items"]] == [
        each["name"] for each in crowd[:50]
    ]
