"""Every operation of an API as its own document tells it, with an example of all that it takes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

from tests.api_clients import NOW, PASSWORD

from .ids_of import KEYS

METHODS = ("get", "post", "put", "patch", "delete")
# One of two fields names somebody: never both, never none.
EITHER = {"customerId": "customer", "userId": "user"}
HELD = "holdId"
# Of what the document cannot say, or what must be new each time.
BY_NAME = {
    "phone": "+49 30 1234567",
    "locale": "de",
    "currency": "EUR",
    "password": PASSWORD,
    # The first type of form fields has none.
    "options": [],
}

JSON = {"Content-Type": "application/json"}
Place = tuple[str | int, ...]
_numbers = count(1)


@dataclass(frozen=True)
class Operation:
    """One method of one path, with the schemas of what it takes."""

    method: str
    path: str
    queries: Mapping[str, Any]
    required: tuple[str, ...]
    body: Any | None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "limit" in self.queries

    @property
    def is_platforms(self) -> bool:
        """Whether it is for the platform's own administrators, and for no business."""
        return self.path.startswith("/v1/tenants")

    def address(self, ids: Mapping[str, str], **instead: str) -> str:
        """The path with the ids and keys that stand in it, or something `instead` of one."""
        address = self.path
        for parameter, named in self.parameters().items():
            address = address.replace(f"{{{parameter}}}", instead.get(parameter, ids[named]))
        return address

    def parameters(self) -> dict[str, str]:
        """By path parameter: the collection whose ids it names, or the key that it is."""
        return {
            found[1]: found[1] if found[1] in KEYS else before
            for before, part in pairwise(self.path.split("/"))
            if (found := re.search(r"{(\w+)}", part))
        }


def operations(document: Any) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            described = methods[method]
            queries = [each for each in described.get("parameters", ()) if each["in"] == "query"]
            content = described.get("requestBody", {}).get("content", {})
            yield Operation(
                method.upper(),
                path,
                {each["name"]: each["schema"] for each in queries},
                tuple(each["name"] for each in queries if each["required"]),
                content.get("application/json", {}).get("schema"),
            )


def collection_of(name: str) -> str | None:
    """The collection whose ids a field of this name holds: `serviceId`, `serviceIds`."""
    for ending in ("Ids", "Id"):
        if name.endswith(ending):
            return f"{name.removesuffix(ending)}s"
    return None


@dataclass(frozen=True)
class Examples:
    """Values that the schemas of one document allow.

    `ids` has one of each collection and each key, and another one for a field where that is meant.
    """

    document: Any
    ids: Mapping[str, str]

    def query(self, operation: Operation) -> dict[str, Any]:
        """What the operation cannot do without."""
        return {name: self.of(operation.queries[name], name) for name in operation.required}

    def bodies(self, operation: Operation) -> list[Any]:
        """Bodies with every field, as many as it takes to have each of two alternatives.

        What is held is booked in a body of its own: it fits its own time alone.
        """
        if operation.body is None:
            return []
        whole = self.of(operation.body, "")
        alternatives = [pair for pair in EITHER.items() if whole.keys() >= set(pair)]
        left_out = [{name} for pair in alternatives for name in pair] or [set[str]()]
        if HELD in whole:
            left_out = [*(out | {HELD} for out in left_out), left_out[0]]
        return [
            {name: value for name, value in whole.items() if name not in out} for out in left_out
        ]

    def of(self, schema: Any, name: str) -> Any:
        """A value of this schema for a field of this name."""
        if "$ref" in schema:
            return self.of(self._resolved(schema["$ref"]), name)
        if "anyOf" in schema:
            told = {key: value for key, value in schema.items() if key != "anyOf"}
            return self.of(schema["anyOf"][0] | told, name)
        if name in BY_NAME:
            return BY_NAME[name]
        collection = collection_of(name)
        if collection is not None and schema.get("format") == "uuid":
            return self.ids.get(name, self.ids[collection])
        if "enum" in schema:
            return schema["enum"][0]
        return self._by_kind(schema, name)

    def _by_kind(self, schema: Any, name: str) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                return [self.of(schema["items"], name)]
            case "string":
                return self._text(schema, name)
            case "boolean":
                return True
            case "integer" | "number":
                return schema.get("examples", [int(schema.get("minimum", 1))])[0]
            case _:
                return {"any": ["thing"]}

    def _object(self, schema: Any) -> Any:
        if "properties" in schema:
            return {name: self.of(inner, name) for name, inner in schema["properties"].items()}
        return schema.get("examples", [{"key": {"inner": ["value"]}}])[0]

    def _text(self, schema: Any, name: str) -> str:
        number = next(_numbers)
        match schema.get("format"):
            case "date-time":
                # On the grid of any shop that is open all day.
                return (NOW + timedelta(hours=number)).isoformat()
            case "date":
                return (NOW + timedelta(days=number)).date().isoformat()
            case "email":
                return f"example-{number}@mail.example"
        if name == "slug":
            return f"example-{number}"
        if name in ("startTime", "endTime"):
            return f"{number // 60 % 24:02}:{number % 60:02}"
        return str(schema.get("examples", ["example"])[0])

    def _resolved(self, reference: str) -> Any:
        return self.document["components"]["schemas"][reference.rsplit("/", 1)[1]]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Where something else can stand in a JSON value, itself included."""
    yield at
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for key, member in members:
        yield from places(member, (*at, key))


def with_text_at(value: Any, where: Iterable[Place], text: str) -> bytes:
    """The JSON of the value with a raw text, be it JSON or not, in each of these places."""
    mark = "\ue000"
    for place in where:
        value = _replaced(value, place, mark)
    encoded = json.dumps(value, ensure_ascii=False)
    return encoded.replace(f'"{mark}"', text).encode("utf-8", "surrogatepass")


def _replaced(value: Any, place: Place, other: Any) -> Any:
    if not place:
        return other
    key, *deeper = place
    changed = value.copy()
    changed[key] = _replaced(value[key], tuple(deeper), other)
    return changed
