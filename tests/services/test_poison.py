"""Whatever stands in any field of any operation: no 5xx, and afterwards everything still reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, app_of, open_shop

from sloty_deploy.scratch import DatabaseUrls

from .booking.people import Post, super_admin
from .ids_of import ids_of, ids_of_booking, ids_of_series
from .openapi_walk import JSON, Examples, Operation, Place, operations, places, with_text_at

LONG = "x" * 1_000_000
# Each body gets some of these and of the others in turn (all when run long).
SHARP = [
    *("2147483648", "-1", "true", "[]", "{}", '""', '"\\u0000"', json.dumps(LONG)),
    *(
        "NaN",
        "1e400",
        "9223372036854775808",
        '"\\ud800"',
        '"2027-03-23T09:00:00"',
        '"9999-12-31T23:59:59-12:00"',
    ),
]
TEXTS = [
    *(" ", "\x1b[0m", "\u202e", "\ufeff", "%00", "%s", "{0}", "' OR 1=1 --", "\U0010ffff"),
    *("0001-01-01T00:00:00+14:00", "1970-01-01", "2200-12-31", "2027-02-30", "24:00", "25:61"),
    *("Mars/Olympus", "../../etc/passwd", "localtime", "Etc/GMT+12", "NaN", "-Infinity", "1e400"),
    *("99999999999999999999", "-1", "true", "null", "a@b", "@", "x@mail.example" * 30),
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
]
OTHERS = [
    *("-Infinity", '"a\\u0000b"', "9007199254740993", "0", "1.5", "1e-300", "false", "null"),
    *("[[]]", "[null]", '{"\\u0000":1}', '{"$ref":"#"}', "[" * 45 + "]" * 45),
    *map(json.dumps, TEXTS),
]
IN_TURN = 6
QUERIES = [
    "\x00",
    "",
    "-1",
    "NaN",
    "9223372036854775808",
    "true",
    "2027-03-23T09:00:00",
    "x" * 50_000,
]
ADDRESSES = [
    "%00",
    "x",
    "%ED%A0%80",
    "%FF",
    "-1",
    "%2e%2e",
    "%2F",
    "NaN",
    "x" * 5000,
    "%F0%9F%92%A3",
]


# What these are sent for is used up by the first body that is taken; the next one gets another.
USES_UP_BOOKING = {
    f"POST /v1/{path}"
    for path in (
        "appointments/{appointment_id}/cancel",
        "appointments/{appointment_id}/reschedule",
        "customers/{customer_id}/erase",
        "public/appointments/{confirmation_code}/cancel",
        "public/appointments/{confirmation_code}/reschedule",
    )
}
USES_UP_SERIES = {
    f"POST /v1/appointments/series/{{series_id}}/{action}" for action in ("cancel", "reschedule")
}
USES_UP_CALENDAR = {"PUT /v1/providers/{provider_id}/availability"}
# Their tokens are mailed, and a log-in's address belongs to nobody: all else of it is checked.
TELLS_UNKNOWN = {
    "POST /v1/auth/login": (401, "invalid_credentials"),
    "POST /v1/auth/verify-email": (422, "invalid_token"),
    "POST /v1/auth/password-reset/confirm": (422, "invalid_token"),
}


# To another server, where there is one; nothing of ours is read by it.
LEADS_AWAY = "/v1/auth/oauth/"


@dataclass
class Walk:
    """All operations of one API, sent by one business, or by the platform where they are its own."""

    api: Client
    platform: Client
    shop: Shop
    examples: Examples
    turns: Iterator[int]
    is_long: bool
    # What the next body meets in place of what the examples name.
    spare: dict[str, str]

    def some_of(self, poisons: list[str]) -> list[str]:
        if self.is_long:
            return poisons
        return [poisons[next(self.turns) % len(poisons)] for _ in range(IN_TURN)]

    def send(self, operation: Operation, path: str, **request: Any) -> httpx2.Response:
        sender = self.platform if operation.is_platforms else self.api
        return sender.send(operation.method, path, **request)

    def poisoned_addresses(self, operation: Operation) -> Iterator[str]:
        query = self.examples.query(operation)
        for name in operation.parameters():
            for poison in ADDRESSES:
                path = operation.address(self.examples.ids, **{name: poison})
                yield wrong_with(self.send(operation, path, params=query))

    def poisoned_queries(self, operation: Operation) -> Iterator[str]:
        path = operation.address(self.examples.ids)
        query = self.examples.query(operation)
        for name in operation.queries:
            for poison in [*QUERIES, *self.some_of(TEXTS)]:
                poisoned = query | {name: poison}
                yield wrong_with(self.send(operation, path, params=poisoned))

    def poisoned_bodies(self, operation: Operation) -> Iterator[str]:
        """Each poison in all fields of one depth at once, then in those alone that took it."""
        for form, body in enumerate(self.examples.bodies(operation)):
            for depth in range(1 + max(map(len, places(body)))):
                layer = [place for place in places(body) if len(place) == depth]
                for poison in [*self.some_of(SHARP), *self.some_of(OTHERS)]:
                    answer = self.send_body(operation, form, layer, poison)
                    yield wrong_with(answer)
                    taken = [place for place in layer if not is_refused(answer, place)]
                    if 0 < len(taken) < len(layer):
                        yield wrong_with(self.send_body(operation, form, taken, poison))

    def send_body(
        self, operation: Operation, form: int, where: list[Place], poison: str
    ) -> httpx2.Response:
        body = self.examples.bodies(operation)[form]
        content = with_text_at(body, where, poison)
        return self.send_content(operation, content)

    def send_content(self, operation: Operation, content: bytes) -> httpx2.Response:
        path = operation.address({**self.examples.ids, **self.spare})
        answer = self.send(operation, path, content=content, headers=JSON)
        if answer.is_success:
            self.renew_spare(operation)
        return answer

    def renew_spare(self, operation: Operation) -> None:
        self.spare = {}
        if operation.name in USES_UP_BOOKING:
            self.spare = ids_of_booking(self.shop)
        if operation.name in USES_UP_SERIES:
            self.spare = ids_of_series(self.shop)
        if operation.name in USES_UP_CALENDAR:
            provider = self.shop.add_provider(self.shop.location, hours=None)
            self.spare = {"providers": provider["id"]}


def wrong_with(answer: httpx2.Response) -> str:
    """What no answer may be; empty if it is none of that."""
    sent = answer.request
    said = f"{sent.method} {sent.url} {sent.content[:200]!r}: {answer.status_code}"
    if answer.status_code >= 500:
        return said
    refused = answer.status_code >= 400
    is_problem = answer.headers["content-type"] == "application/problem+json"
    return said if refused and not is_problem else ""


def is_refused(answer: httpx2.Response, place: Place) -> bool:
    if answer.status_code != 422:
        return answer.status_code == 400
    pointer = "".join(f"/{step}" for step in place)
    return any(error["pointer"].startswith(pointer) for error in answer.json().get("errors", ()))


@pytest.fixture(scope="module")
def platform(running_apis: Apis, apis_database: DatabaseUrls) -> Client:
    """The booking API for an administrator of the platform."""
    return super_admin(running_apis, Post(apis_database))


@pytest.mark.parametrize("name", ["booking", "availability"])
def test_no_poison_breaks_any_operation(
    apis: Apis, platform: Client, name: str, *, long_run: bool
) -> None:
    shop = open_shop(apis)
    api: Client = getattr(shop, name)
    examples = Examples(app_of(api).openapi(), walked_ids(apis, shop))
    walk = Walk(api, platform, shop, examples, count(), long_run, {})
    found: list[str] = []
    walked = list(operations(examples.document))
    for operation in walked:
        walk.renew_spare(operation)
        assert_examples_are_taken(walk, operation)
        found += walk.poisoned_addresses(operation)
        found += walk.poisoned_queries(operation)
        found += walk.poisoned_bodies(operation)
        if operation.method == "PATCH":
            # What was changed to anything allowed must not stand in the way of what comes.
            assert_examples_are_taken(walk, operation)
    assert [wrong for wrong in found if wrong] == []
    assert len(found) > 300
    for operation in walked:
        assert_still_reads(walk, operation)


def walked_ids(apis: Apis, shop: Shop) -> dict[str, str]:
    """What is changed by its path is not what bookings name, or they would meet what it asks for."""
    changed = shop.add_service(name="Consultation")["id"]
    field = {"name": "age", "label": "Your age", "type": "NUMBER"}
    return ids_of(shop) | {
        "services": changed,
        "serviceId": shop.service["id"],
        # Its hours are changed.
        "locations": shop.add_location()["id"],
        "locationId": shop.location["id"],
        "parameters": shop.booking.post(f"/v1/services/{changed}/parameters", field)["id"],
        "tenants": apis.sign_up().tenant["id"],
    }


def assert_examples_are_taken(walk: Walk, operation: Operation) -> None:
    """Else the poison would meet another refusal first. A second creation may conflict."""
    for body in walk.examples.bodies(operation):
        answer = walk.send_content(operation, json.dumps(body).encode())
        if not answer.is_success and answer.status_code != 409:
            refusal = (answer.status_code, answer.json()["code"])
            assert refusal == TELLS_UNKNOWN.get(operation.name), (operation, body, answer.text)


def assert_still_reads(walk: Walk, operation: Operation) -> None:
    """What was poisoned and all that was made, to the last page."""
    if operation.method != "GET" or operation.path.startswith(LEADS_AWAY):
        return
    path = operation.address(walk.examples.ids)
    query = walk.examples.query(operation) | ({"limit": 200} if operation.is_list else {})
    while True:
        answer = walk.send(operation, path, params=query)
        assert answer.status_code == 200, (path, query, answer.text)
        cursor = answer.json()["nextCursor"] if operation.is_list else None
        if cursor is None:
            return
        query["cursor"] = cursor
