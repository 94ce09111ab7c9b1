"""An OpenAPI document as clients are made of it: its schemas, and its operations one by one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
_JSON = re.compile(r"application/(.+\+)?json")


@dataclass(frozen=True)
class Query:
    """One parameter in the query."""

    name: str
    schema: Schema
    is_required: bool


@dataclass(frozen=True)
class Operation:
    """One method of one path: what it takes, and what it answers with.

    `answers` is `json`, `text`, `bytes` or `nothing`.
    """

    name: str
    method: str
    path: str
    summary: str
    description: str
    parts: tuple[str, ...]
    queries: tuple[Query, ...]
    body: Schema | None
    needs_body: bool
    takes_file: bool
    answers: str
    answer: Schema

    @property
    def template(self) -> str:
        """The path with `{}` where its parts go."""
        return re.sub(r"{\w+}", "{}", self.path)


def schemas_of(document: Schema) -> Iterator[tuple[str, Schema]]:
    """By name; problems are the same for all and in every client already."""
    for name, schema in sorted(document["components"]["schemas"].items()):
        if name not in ("Problem", "BadField"):
            yield type_name(name), schema


def type_name(name: str) -> str:
    """`Listing_UserView_` is the list of a generic type: `ListingUserView` in both languages."""
    return name.replace("_", "")


def operations_of(document: Schema) -> Iterator[Operation]:
    """In the document's order, without what only leads a browser elsewhere."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods and _successes(methods[method]):
                yield _operation(path, method, methods[method])


def _operation(path: str, method: str, described: Schema) -> Operation:
    body = described.get("requestBody", {})
    content = body.get("content", {})
    answers, answer = _answer(_successes(described)[0])
    return Operation(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        parts=tuple(re.findall(r"{(\w+)}", path)),
        queries=tuple(
            Query(each["name"], each["schema"], is_required=each["required"])
            for each in described.get("parameters", ())
            if each["in"] == "query"
        ),
        body=content.get("application/json", {}).get("schema"),
        needs_body=body.get("required", False),
        takes_file="multipart/form-data" in content,
        answers=answers,
        answer=answer,
    )


def _successes(described: Schema) -> list[Schema]:
    responses = described["responses"]
    return [responses[status] for status in responses if status.startswith("2")]


def _answer(success: Schema) -> tuple[str, Schema]:
    for kind, told in success.get("content", {}).items():
        if _JSON.fullmatch(kind):
            return "json", told.get("schema", {})
        return ("text" if kind.startswith("text/") else "bytes"), {}
    return "nothing", {}
