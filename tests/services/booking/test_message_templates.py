"""A tenant's own words: kept only if they can be filled in, shown before they are sent."""

from typing import Any

import pytest
from tests.api_clients import Shop

OWN = {
    "kind": "REMINDER",
    "channel": "EMAIL",
    "locale": "en",
    "subject": "{{ service }} on {{ moment }}",
    "text": "Hi {{ first_name }}{% if price %}, it costs {{ price }}{% endif %}.",
    "html": "<p>Hi {{ first_name }}</p>",
}
PATH = "/v1/message-templates"


def test_template_lives(shop: Shop) -> None:
    made = shop.booking.post(PATH, OWN)
    path = f"{PATH}/{made['id']}"
    assert shop.booking.get(PATH, kind="REMINDER")["items"] == [made]
    assert shop.booking.get(PATH, channel="SMS")["items"] == []
    changed = shop.booking.send("PATCH", path, json={"text": "Hello", "html": ""}).json()
    assert (changed["text"], changed["html"], changed["subject"]) == ("Hello", None, OWN["subject"])
    shop.booking.refused("POST", PATH, 409, "message_template_exists", json=OWN)
    assert shop.booking.send("DELETE", path).status_code == 204
    shop.booking.refused("GET", path, 404, "not_found")


def test_preview_fills_in_an_example(shop: Shop) -> None:
    body = {name: value for name, value in OWN.items() if name != "locale"}
    shown = shop.booking.post(f"{PATH}/preview", body, status=200)
    assert shown["subject"] == "Massage on Tuesday, 24 November 2026 at 09:00"
    assert shown["text"] == "Hi Grace, it costs €25.00."
    assert shown["html"] == "<p>Hi Grace</p>"
    assert shop.booking.get(PATH)["items"] == []


def test_values_stand_in_html_as_text(shop: Shop) -> None:
    body = OWN | {"html": "{{ '<b>' ~ service }}"}
    del body["locale"]
    assert shop.booking.post(f"{PATH}/preview", body, status=200)["html"] == "&lt;b&gt;Massage"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ surname }}", "There is no surname"),
        ("{{ first_name", "unexpected end of template"),
        ("{% for i in [1] %}x{% endfor %}", "For is not allowed"),
        ("{{ first_name.__class__ }}", "Getattr is not allowed"),
        ("{{ 'a' * 99999999 }}", "Mul is not allowed"),
        ("{{ first_name|replace('a', 'b') }}", "There is no filter replace"),
        ("{{ service()}}", "Call is not allowed"),
        ("{% include 'x' %}", "Include is not allowed"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "too deep or too large"),
        ("{{ " + "9" * 6000 + " }}", "too deep or too large"),
        ("{% if code %}x{% endif %}" * 380, "too many parts"),
    ],
)
def test_fault_is_named_with_its_field(shop: Shop, source: str, says: str) -> None:
    for path, body in ((PATH, OWN), (f"{PATH}/preview", {**OWN, "locale": None})):
        sent = {name: value for name, value in body.items() if value is not None}
        problem = shop.booking.refused(
            "POST", path, 422, "validation_failed", json=sent | {"text": source, "html": source}
        )
        assert [fault["pointer"] for fault in problem["errors"]] == ["/text", "/html"]
        assert all(says in fault["detail"] for fault in problem["errors"]), problem


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"kind": "PASSWORD_RESET"}, ["/kind"]),
        ({"kind": "TEST"}, ["/kind"]),
        ({"channel": "WEBHOOK"}, ["/channel"]),
        ({"channel": "SMS"}, ["/subject", "/html"]),
        ({"subject": None}, ["/subject"]),
        ({"text": ""}, ["/text"]),
        ({"locale": "klingon", "kind": [], "subject": None}, ["/kind", "/subject", "/locale"]),
    ],
)
def test_template_that_nothing_is_sent_by_is_refused(
    shop: Shop, changes: Any, pointers: list[str]
) -> None:
    problem = shop.booking.refused("POST", PATH, 422, "validation_failed", json=OWN | changes)
    assert [error["pointer"] for error in problem["errors"]] == pointers


def test_text_message_has_a_template_of_its_own(shop: Shop) -> None:
    body = {"channel": "SMS", "locale": "de", "text": "Bis bald, {{ first_name }}"}
    made = shop.booking.post(PATH, body)
    assert (made["kind"], made["subject"], made["html"]) == ("REMINDER", None, None)
    refused = {"json": {"subject": "x"}}
    shop.booking.refused("PATCH", f"{PATH}/{made['id']}", 422, "validation_failed", **refused)
