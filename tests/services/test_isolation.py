"""What belongs to another business is answered everywhere as if it did not exist."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, app_of, ids_of, open_shop

from .openapi_walk import Examples, Operation, collection_of, operations, places, with_text_at

JSON = {"Content-Type": "application/json"}
Ask = Callable[[str], httpx2.Response]


@pytest.mark.parametrize(("name", "questions_at_least"), [("booking", 25), ("availability", 10)])
def test_foreign_id_is_answered_like_an_unknown_one(
    apis: Apis, name: str, questions_at_least: int
) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    api: Client = getattr(mine, name)
    document = app_of(api).openapi()
    examples, foreign = Examples(document, ids_of(mine)), ids_of(other)
    before = everything_of(other)
    asked = 0
    for operation in operations(document):
        for collection, ask in questions(api, operation, examples):
            found, nothing = ask(foreign[collection]), ask(str(uuid4()))
            assert (found.status_code, found.json()) == (nothing.status_code, nothing.json())
            assert_nothing_is_there(operation, found)
            asked += 1
    assert asked >= questions_at_least
    assert everything_of(other) == before


def test_lists_never_show_foreign_rows(apis: Apis) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    ids_of(other)
    shown = json.dumps(everything_of(mine))
    for row in rows_of(other):
        assert row["id"] not in shown


def questions(api: Client, operation: Operation, examples: Examples) -> Iterator[tuple[str, Ask]]:
    """Each place for an id in the operation, as its collection and how to ask with another id."""
    bodies = [form for form, _ in enumerate(examples.bodies(operation))]
    for parameter, collection in operation.collections().items():

        def by_path(wanted: str, parameter: str = parameter) -> httpx2.Response:
            path = operation.address(examples.ids, **{parameter: wanted})
            body = examples.bodies(operation)[0] if bodies else None
            return api.send(operation.method, path, params=examples.query(operation), json=body)

        yield collection, by_path
    for parameter in operation.queries:

        def by_query(wanted: str, parameter: str = parameter) -> httpx2.Response:
            query = examples.query(operation) | {parameter: wanted}
            return api.send(operation.method, operation.address(examples.ids), params=query)

        named = collection_of(parameter)
        if named is not None:
            yield named, by_query
    for form in bodies:
        yield from _by_body(api, operation, examples, form)


def _by_body(
    api: Client, operation: Operation, examples: Examples, form: int
) -> Iterator[tuple[str, Ask]]:
    for place in places(examples.bodies(operation)[form]):
        names = [step for step in place[-2:] if isinstance(step, str)]
        collection = collection_of(names[-1]) if names else None

        def by_body(wanted: str, place: Any = place) -> httpx2.Response:
            body = examples.bodies(operation)[form]
            content = with_text_at(body, [place], json.dumps(wanted))
            path = operation.address(examples.ids)
            return api.send(operation.method, path, content=content, headers=JSON)

        if collection is not None and (place[-1] != names[-1] or names[-1].endswith("Id")):
            yield collection, by_body


def assert_nothing_is_there(operation: Operation, answer: httpx2.Response) -> None:
    """A list that is narrowed to nothing is empty; all else is not found."""
    if answer.status_code == 200:
        assert operation.method == "GET"
        assert answer.json()["items"] == []
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text


def everything_of(shop: Shop) -> list[Any]:
    """What all lists of both APIs answer to this business."""
    found: list[Any] = []
    for api in (shop.booking, shop.availability):
        for operation in operations(app_of(api).openapi()):
            if operation.method == "GET" and "limit" in operation.queries:
                ids = {"providers": shop.provider["id"], "services": shop.service["id"]}
                if not ids.keys() >= set(operation.collections().values()):
                    continue
                path = operation.address(ids)
                found.append(api.get(path, limit=200))
    return found


def rows_of(shop: Shop) -> list[Any]:
    return [row for listing in everything_of(shop) for row in listing["items"]]
