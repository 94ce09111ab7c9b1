"""The Python client: a TypedDict for each schema, a method for each operation."""

import json
import keyword
import re
from collections.abc import Iterator
from textwrap import indent

from sloty_deploy.clients.document import (
    Operation,
    Query,
    Schema,
    operations_of,
    schemas_of,
    type_name,
)

_SIMPLE = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}
_ANSWERS = {"text": "str", "bytes": "bytes", "nothing": "None"}


def python_module(document: Schema, class_name: str) -> str:
    """The module of one API."""
    schemas = list(schemas_of(document))
    types = [_definition(name, schema) for name, schema in schemas]
    methods = [_method(operation) for operation in operations_of(document)]
    title = document["info"]["title"]
    return "\n".join(
        [
            f'"""{title}, version {document["info"]["version"]}: generated, not to be edited."""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import Any, Literal, NotRequired, TypeAlias, TypedDict",
            "",
            "from .api import Api, File, address",
            *types,
            f"\n\nclass {class_name}(Api):",
            f'    """{document["info"]["description"].splitlines()[0]}"""',
            *methods,
            "",
        ]
    )


def _definition(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f'\n\n{name}: TypeAlias = "{_type(schema)}"'
    required = schema.get("required", ())
    fields = {
        field: _type(inner) if field in required else f"NotRequired[{_type(inner)}]"
        for field, inner in schema["properties"].items()
    }
    if any(keyword.iskeyword(field) for field in fields):
        inside = ", ".join(f'"{field}": "{kind}"' for field, kind in fields.items())
        return f'\n\n{name} = TypedDict("{name}", {{{inside}}})'
    lines = [f"    {field}: {kind}" for field, kind in fields.items()] or ["    pass"]
    return "\n".join([f"\n\nclass {name}(TypedDict):", *lines])


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return type_name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return f"Literal[{', '.join(map(_literal, values))}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    inside = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(inside, dict):
        return f"dict[str, {_type(inside)}]"
    return _SIMPLE.get(schema.get("type", ""), "Any")


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else repr(value)


def _method(operation: Operation) -> str:
    answer = _ANSWERS.get(operation.answers, _type(operation.answer))
    taken = ", ".join(["self", *_parameters(operation)])
    call = f"self._{'json' if operation.answers == 'json' else 'call'}({_arguments(operation)})"
    lines = {
        "json": [f"answer: {answer} = {call}", "return answer"],
        "text": [f"return {call}.decode()"],
        "bytes": [f"return {call}"],
        "nothing": [call],
    }[operation.answers]
    body = "\n".join([_docstring(operation), *lines])
    return f"\n    def {operation.name}({taken}) -> {answer}:\n{indent(body, ' ' * 8)}"


def _parameters(operation: Operation) -> Iterator[str]:
    """Required ones first; all but the path's own and the body by name alone."""
    yield from (f"{part}: str" for part in operation.parts)
    if operation.takes_file:
        yield "file: File"
    elif operation.body is not None:
        kind = _type(operation.body)
        yield f"body: {kind}" if operation.needs_body else f"body: {_or_none(kind)} = None"
    named = [*_named(operation)]
    if named:
        yield "*"
        yield from named


def _named(operation: Operation) -> Iterator[str]:
    for query in operation.queries:
        kind = _type(query.schema)
        default = "" if query.is_required else " = None"
        yield f"{_snake(query)}: {kind if query.is_required else _or_none(kind)}{default}"
    if operation.method == "POST":
        yield "idempotency_key: str | None = None"


def _arguments(operation: Operation) -> str:
    path = ", ".join([json.dumps(operation.template), *operation.parts])
    given = [f'"{operation.method}"', f"address({path})"]
    if operation.queries:
        inside = ", ".join(f'"{query.name}": {_snake(query)}' for query in operation.queries)
        given.append(f"query={{{inside}}}")
    if operation.takes_file:
        given.append("file=file")
    elif operation.body is not None:
        given.append("body=body")
    if operation.method == "POST":
        given.append('headers={"Idempotency-Key": idempotency_key}')
    return ", ".join(given)


def _snake(query: Query) -> str:
    name = re.sub(r"(?=[A-Z])", "_", query.name).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def _or_none(kind: str) -> str:
    return kind if "None" in kind.split(" | ") else f"{kind} | None"


def _docstring(operation: Operation) -> str:
    said = "\n\n".join(filter(None, (f"{operation.summary}.", operation.description)))
    return '"""' + said.replace("\\", "\\\\").replace('"""', "'''") + '\n"""'
