"""What belongs to another business is answered everywhere as if it did not exist."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from tests.api_clients import Apis, Client, Shop, app_of, open_shop

from .ids_of import KEYS, ids_of
from .openapi_walk import (
    JSON,
    Examples,
    Operation,
    Place,
    collection_of,
    operations,
    places,
    with_text_at,
)

# Takes ids by their collection, asks with some of them, and with the asker's own ones elsewhere.
Ask = Callable[[Mapping[str, str]], httpx2.Response]


@pytest.mark.parametrize(("name", "questions_at_least"), [("booking", 100), ("availability", 40)])
def test_foreign_id_is_answered_like_an_unknown_one(
    apis: Apis, name: str, questions_at_least: int
) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    own, theirs = ids_of(mine), ids_of(other)
    api: Client = getattr(mine, name)
    asker = Asker(api, Examples(app_of(api).openapi(), own))
    # A key opens what it names to everybody, so it is no secret of another business's.
    foreign = theirs | {key: own[key] for key in KEYS}
    before = everything_of(other, theirs)
    asked = 0
    for operation in operations(asker.examples.document):
        for ask in asker.questions(operation):
            unknown = {name: own[name] if name in KEYS else str(uuid4()) for name in own}
            found, nothing = ask(foreign), ask(unknown)
            assert (found.status_code, found.text) == (nothing.status_code, nothing.text)
            assert_nothing_is_there(operation, found)
            asked += 1
    assert asked >= questions_at_least
    assert everything_of(other, theirs) == before


def test_lists_never_show_foreign_rows(apis: Apis) -> None:
    mine, other = open_shop(apis), open_shop(apis)
    shown = json.dumps(everything_of(mine, ids_of(mine)))
    theirs = [row["id"] for listing in everything_of(other, ids_of(other)) for row in listing]
    assert len(theirs) > 30
    assert [row for row in theirs if row in shown] == []


@dataclass(frozen=True)
class Asker:
    """One business, which sends what belongs to another."""

    api: Client
    examples: Examples

    def questions(self, operation: Operation) -> Iterator[Ask]:
        """One for each place of an id in the operation, and one for all in its path at once."""
        yield from self._by_path(operation)
        for parameter in operation.queries:
            named = collection_of(parameter)
            if named is not None:
                yield self._by_query(operation, parameter, named)
        for body in self.examples.bodies(operation):
            for place in places(body):
                named = _named_at(place)
                if named is not None:
                    yield self._by_body(operation, body, place, named)

    def _by_path(self, operation: Operation) -> Iterator[Ask]:
        ids = {
            parameter: named
            for parameter, named in operation.parameters().items()
            if named not in KEYS
        }
        together = [ids] if len(ids) > 1 else []
        for some in [*({parameter: named} for parameter, named in ids.items()), *together]:

            def ask(wanted: Mapping[str, str], some: Mapping[str, str] = some) -> httpx2.Response:
                instead = {parameter: wanted[named] for parameter, named in some.items()}
                path = operation.address(self.examples.ids, **instead)
                body = next(iter(self.examples.bodies(operation)), None)
                query = self.examples.query(operation)
                return self.api.send(operation.method, path, params=query, json=body)

            yield ask

    def _by_query(self, operation: Operation, parameter: str, named: str) -> Ask:
        def ask(wanted: Mapping[str, str]) -> httpx2.Response:
            query = self.examples.query(operation) | {parameter: wanted[named]}
            path = operation.address(self.examples.ids)
            return self.api.send(operation.method, path, params=query)

        return ask

    def _by_body(self, operation: Operation, body: Any, place: Place, named: str) -> Ask:
        def ask(wanted: Mapping[str, str]) -> httpx2.Response:
            content = with_text_at(body, [place], json.dumps(wanted[named]))
            path = operation.address(self.examples.ids)
            return self.api.send(operation.method, path, content=content, headers=JSON)

        return ask


def _named_at(place: Place) -> str | None:
    """The collection whose id stands in this place: below `serviceId`, or in a list of them."""
    names = [step for step in place[-2:] if isinstance(step, str)]
    if names and (place[-1] != names[-1] or names[-1].endswith("Id")):
        return collection_of(names[-1])
    return None


def assert_nothing_is_there(operation: Operation, answer: httpx2.Response) -> None:
    """A list that is narrowed to nothing is empty; all else is not found."""
    if answer.status_code == 200:
        assert operation.method == "GET"
        is_table = answer.headers["content-type"].startswith("text/csv")
        # A table has its row of names at least.
        assert (len(answer.text.splitlines()) == 1) if is_table else answer.json()["items"] == []
    elif operation.is_platforms:
        # Whoever is not of the platform is told so whatever they ask for.
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), answer.text


def everything_of(shop: Shop, ids: Mapping[str, str]) -> list[Any]:
    """The rows of all lists of both APIs that are for a business."""
    return [
        api.get(operation.address(ids), limit=200)["items"]
        for api in (shop.booking, shop.availability)
        for operation in operations(app_of(api).openapi())
        if operation.is_list and not operation.is_platforms
    ]
