"""The list as CSV: its columns, its rows, and texts that no spreadsheet takes for formulas."""

import csv
from io import StringIO
from typing import Any

import pytest
from tests.api_clients import Apis, Client, Shop, customer, open_shop
from tests.sent_statements import statements

from sloty_booking.appointments.csv_file import as_csv

from .bookings import NEXT_NINE, NINE, TEN, act
from .people import Post, register_proven

PATH = "/v1/appointments.csv"
HEADER = (
    "id,status,startTime,endTime,locationTimezone,startLocal,endLocal,serviceId,serviceName,"
    "providerId,providerName,locationId,locationName,customerId,customerFirstName,"
    "customerLastName,customerEmail,customerPhone,title,notes,internalNotes,price,currency,"
    "bookedAt,confirmationCode,cancellationReason,remindersSent,lastReminderAt,"
    "rescheduledFromId,rescheduledToId,seriesId,groupSessionId"
)


def table(api: Client, **query: Any) -> list[dict[str, str]]:
    answer = api.send("GET", PATH, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; header=present; charset=utf-8"
    assert "appointments.csv" in answer.headers["content-disposition"]
    assert answer.text.split("\r\n", 1)[0] == HEADER
    return list(csv.DictReader(StringIO(answer.text, newline="")))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30 1234567", "'+49 30 1234567"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1+1", '"\'\r=1+1"'),
        ("\n=1+1", '"\'\n=1+1"'),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20SUM", "'\uff20SUM"),
        ("  =1+1", "'  =1+1"),
        ("\u00a0\u3000=1", "'\u00a0\u3000=1"),
        ("\ufeff\u200b=1", "'\ufeff\u200b=1"),
        ('=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'),
        ("a=1", "a=1"),
        ("'=1", "'=1"),
        ("", ""),
        ("   ", "   "),
        ('say "yes", twice', '"say ""yes"", twice"'),
        ("two\nlines", '"two\nlines"'),
        ("Zoë 🎈", "Zoë 🎈"),
    ],
)
def test_no_text_becomes_a_formula(text: str, cell: str) -> None:
    assert as_csv(["name", "more"], [[text, "x"]]) == f"name,more\r\n{cell},x\r\n"


def test_row_has_instants_and_wall_times(shop: Shop) -> None:
    shop.booking.send(
        "PATCH", f"/v1/services/{shop.service['id']}", json={"price": "49.50", "currency": "EUR"}
    )
    person = customer(firstName="=cmd|' /C calc'!A0", phone="+49 30 1234567")
    booked = shop.book(NINE, customer=person, notes="one\ntwo", internalNotes="@home")
    [row] = table(shop.booking)
    assert (
        row
        | {
            "id": booked["id"],
            "startTime": "2027-03-23T08:00:00Z",
            "startLocal": "2027-03-23 09:00",
            "endLocal": "2027-03-23 10:00",
            "locationTimezone": "Europe/Berlin",
            "serviceName": "Massage",
            "providerName": "Mary Jackson",
            "customerFirstName": "'=cmd|' /C calc'!A0",
            "customerPhone": "'+49 30 1234567",
            "notes": "one\ntwo",
            "internalNotes": "'@home",
            "price": "49.50",
            "currency": "EUR",
            "confirmationCode": booked["confirmationCode"],
            "remindersSent": "0",
            "seriesId": "",
        }
        == row
    )


def test_table_has_the_lists_filters_and_order(shop: Shop) -> None:
    booked = [shop.book(start) for start in (TEN, NINE, NEXT_NINE)]
    act(shop.booking, booked[1], "confirm")
    act(shop.booking, booked[2], "cancel")
    for query in (
        {},
        {"sort": "-startTime"},
        {"sort": "bookedAt"},
        {"status": ["CONFIRMED", "CANCELLED"]},
        {"customerId": booked[0]["customerId"]},
        {"from": NINE, "to": TEN},
        {"seriesId": booked[0]["id"]},
    ):
        listed = shop.booking.get("/v1/appointments", **query)["items"]
        assert [row["id"] for row in table(shop.booking, **query)] == [
            each["id"] for each in listed
        ]
    shop.booking.refused("GET", PATH, 422, "validation_failed", params={"status": "NONE"})


def test_caller_gets_what_they_may_see(shop: Shop, apis: Apis, post: Post) -> None:
    user, mine = register_proven(apis, post, shop)
    person = customer(email=user["email"])
    own = shop.book(NINE, customer=person, internalNotes="secret")
    shop.book(TEN)
    [row] = table(mine)
    assert (row["id"], row["internalNotes"]) == (own["id"], "")
    assert len(table(shop.booking)) == 2
    assert table(open_shop(apis).booking) == []


def test_table_costs_one_statement(shop: Shop) -> None:
    counted = []
    for start in (NINE, TEN):
        shop.book(start)
        with statements(shop.booking) as sent:
            table(shop.booking)
        counted.append(len(sent))
    assert counted == [2, 2]
