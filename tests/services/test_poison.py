"""Whatever stands in any field of any operation: no 5xx, and afterwards everything still reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, app_of, ids_of, open_shop

from .openapi_walk import Examples, Operation, Place, operations, places, with_text_at

JSON = {"Content-Type": "application/json"}
LONG = "x" * 1_000_000
# Each body gets all of these, and of the others some in turn (all when run long).
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
IN_TURN = 10
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


@dataclass(frozen=True)
class Walk:
    """All operations of one API, sent by one business."""

    api: Client
    examples: Examples
    operations: list[Operation]
    turns: Iterator[int]
    is_long: bool

    @classmethod
    def of(cls, api: Client, shop: Shop, *, is_long: bool) -> "Walk":
        document = app_of(api).openapi()
        examples = Examples(document, ids_of(shop))
        return cls(api, examples, list(operations(document)), count(), is_long)

    def some_of(self, poisons: list[str]) -> list[str]:
        if self.is_long:
            return poisons
        return [poisons[next(self.turns) % len(poisons)] for _ in range(IN_TURN)]

    def poisoned_addresses(self, operation: Operation) -> Iterator[str]:
        query = self.examples.query(operation)
        for name in operation.collections():
            for poison in ADDRESSES:
                path = operation.address(self.examples.ids, **{name: poison})
                yield wrong_with(self.api.send(operation.method, path, params=query))

    def poisoned_queries(self, operation: Operation) -> Iterator[str]:
        path = operation.address(self.examples.ids)
        query = self.examples.query(operation)
        for name in operation.queries:
            for poison in [*QUERIES, *self.some_of(TEXTS)]:
                poisoned = query | {name: poison}
                yield wrong_with(self.api.send(operation.method, path, params=poisoned))

    def poisoned_bodies(self, operation: Operation) -> Iterator[str]:
        """Each poison in all fields of one depth at once, then in those alone that took it."""
        for form, body in enumerate(self.examples.bodies(operation)):
            for depth in range(1 + max(map(len, places(body)))):
                layer = [place for place in places(body) if len(place) == depth]
                for poison in [*SHARP, *self.some_of(OTHERS)]:
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
        path = operation.address(self.examples.ids)
        return self.api.send(operation.method, path, content=content, headers=JSON)


def wrong_with(answer: httpx2.Response) -> str:
    """What no answer may be; empty if it is none of that."""
    said = f"{answer.request.method} {answer.url} {answer.request.content[:200]!r}: {answer.status_code}"
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


@pytest.mark.parametrize("name", ["booking", "availability"])
def test_no_poison_breaks_any_operation(apis: Apis, name: str, *, long_run: bool) -> None:
    shop = open_shop(apis)
    api: Client = getattr(shop, name)
    walk = Walk.of(api, shop, is_long=long_run)
    found: list[str] = []
    for operation in walk.operations:
        assert_examples_are_taken(walk, operation)
        found += walk.poisoned_addresses(operation)
        found += walk.poisoned_queries(operation)
        found += walk.poisoned_bodies(operation)
        if operation.method == "PATCH":
            # What was changed to anything allowed must not stand in the way of what comes.
            assert_examples_are_taken(walk, operation)
    assert [wrong for wrong in found if wrong] == []
    assert len(found) > 300
    assert_everything_reads(walk)


def assert_examples_are_taken(walk: Walk, operation: Operation) -> None:
    """Else the poison would meet another refusal first. A second creation may conflict."""
    for body in walk.examples.bodies(operation):
        path = operation.address(walk.examples.ids)
        answer = walk.api.send(operation.method, path, json=body)
        assert answer.is_success or answer.status_code in (401, 409), (body, answer.text)


def assert_everything_reads(walk: Walk) -> None:
    for operation in walk.operations:
        if operation.method == "GET":
            query = walk.examples.query(operation) | (
                {"limit": 200} if "limit" in operation.queries else {}
            )
            walk.api.get(operation.address(walk.examples.ids), **query)
