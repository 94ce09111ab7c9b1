"""The page that an offer's mail leads to, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api_clients import app_of
from tests.api_processes import ApiProcess, api_process
from tests.browser import Browser, open_browser

from sloty_booking.pages.page import WAITLIST_SCRIPT
from sloty_booking.pages.waitlist import BUSINESS
from sloty_deploy.scratch import ScratchBroker

from .line import AT_NINE, Line

FIELDS: list[dict[str, Any]] = [
    {"name": "reason", "label": "Reason", "type": "TEXT", "required": True},
    {"name": "knee", "label": "Which knee?", "type": "SELECT", "options": ["left", "right"]},
    {"name": "since", "label": "Since", "type": "DATE"},
    {"name": "pain", "label": "Pain", "type": "NUMBER", "validation": {"min": 0, "max": 10}},
    {"name": "before", "label": "Have you been here?", "type": "BOOLEAN"},
    {"name": "photo", "label": "Photograph", "type": "FILE"},
]
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


@pytest.fixture
def api(line: Line, apis_broker: ScratchBroker, tmp_path: Path) -> Iterator[ApiProcess]:
    with api_process("sloty_booking", line.urls.app_url, apis_broker.url, tmp_path) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


def offered(line: Line) -> Any:
    entry = line.join()
    line.free()
    assert line.scan() == 1
    return entry


def test_offer_is_accepted_with_the_answers_of_the_form(
    browser: Browser, line: Line, api: ApiProcess, tmp_path: Path
) -> None:
    for field in FIELDS:
        path = f"/v1/services/{line.shop.service['id']}/parameters"
        line.shop.booking.post(path, field)
    entry = offered(line)
    browser.open(f"{api.url}/waitlist?code={entry['code']}")
    browser.wait_for("[data-fact=service]", line.shop.service["name"])
    photo = tmp_path / "knee.png"
    photo.write_bytes(PNG)
    # Blanks are something to the browser and no answer to us.
    for name, text in (("reason", "   "), ("pain", "3.5"), ("photo", str(photo))):
        browser.find(f"[name={name}]").write(text)
    browser.find("[name=knee] option[value=left]").click()
    browser.find("[name=before]").click()
    browser.find("[name=accept]").click()
    browser.wait_for("#fault-reason", " ")
    browser.wait_for("[role=status]", "look at your answers")
    browser.find("[name=reason]").write("It hurts.")
    browser.find("[name=accept]").click()
    browser.wait_for("[role=status]", "Booked")
    done = line.read(entry)
    booked = line.shop.booking.get(
        f"/v1/appointments/{done['appointmentId']}", include="parameters"
    )
    assert (booked["startTime"], done["status"]) == (AT_NINE, "BOOKED")
    given = {each["parameterName"]: each["value"] for each in booked["parameters"]}
    assert len(given.pop("photo")) == 36
    assert given == {"reason": "   It hurts.", "knee": "left", "pain": 3.5, "before": True}


def test_offer_is_declined_with_the_form_left_empty(
    browser: Browser, line: Line, api: ApiProcess
) -> None:
    line.shop.booking.post(f"/v1/services/{line.shop.service['id']}/parameters", FIELDS[0])
    entry = offered(line)
    browser.open(f"{api.url}/waitlist?code={entry['code']}")
    browser.wait_for("[data-fact=service]", line.shop.service["name"])
    browser.find("[name=decline]").click()
    browser.wait_for("[role=status]", "You keep your place")
    assert line.statuses(entry) == ["WAITING"]


def test_script_calls_what_there_is(line: Line) -> None:
    paths = app_of(line.shop.booking).openapi()["paths"]
    for rest, method in (("services/{service_id}/form", "get"), ("files", "post")):
        assert method in paths[f"/{BUSINESS}/{{slug}}/{rest}"]
        assert rest.replace("{service_id}", "${entry.serviceId}") in WAITLIST_SCRIPT
