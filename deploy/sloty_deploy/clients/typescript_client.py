"""The TypeScript client: an interface for each schema, a method for each operation."""

import json
import re
from collections.abc import Iterator
from textwrap import indent

from sloty_deploy.clients.document import (
    Operation,
    Schema,
    operations_of,
    schemas_of,
    type_name,
)

_SIMPLE = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "Record<string, unknown>",
}
_ANSWERS = {"text": "string", "bytes": "Blob", "nothing": "void"}


def typescript_module(document: Schema, class_name: str) -> str:
    """The module of one API."""
    info = document["info"]
    return "\n".join(
        [
            f"// {info['title']}, version {info['version']}: generated, not to be edited.",
            "",
            'import { Api } from "./api.js";',
            *(_definition(name, schema) for name, schema in schemas_of(document)),
            f"\n/** {info['description'].splitlines()[0]} */",
            f"export class {class_name} extends Api {{",
            "\n\n".join(_method(operation) for operation in operations_of(document)),
            "}",
            "",
        ]
    )


def _definition(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"\nexport type {name} = {_type(schema)};"
    required = schema.get("required", ())
    fields = [
        f"  {field}{'' if field in required else '?'}: {_type(inner)};"
        for field, inner in schema["properties"].items()
    ]
    return "\n".join([f"\nexport interface {name} {{", *fields, "}"])


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return type_name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " | ".join(json.dumps(v) for v in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"Array<{_type(schema['items'])}>"
    inside = schema.get("additionalProperties")
    if schema.get("type") == "object" and isinstance(inside, dict):
        return f"Record<string, {_type(inside)}>"
    return _SIMPLE.get(schema.get("type", ""), "unknown")


def _method(operation: Operation) -> str:
    answer = _ANSWERS.get(operation.answers, _type(operation.answer))
    taken = ", ".join(_parameters(operation))
    sent = f'"{operation.method}", {_address(operation)}, {_call(operation)}'
    ending = {
        "json": f"return this.json<{answer}>({sent});",
        "text": f"return (await this.send({sent})).text();",
        "bytes": f"return (await this.send({sent})).blob();",
        "nothing": f"await this.send({sent});",
    }[operation.answers]
    said = "\n\n".join(filter(None, (f"{operation.summary}.", operation.description)))
    comment = indent(said.replace("*/", "* /"), " * ", lambda _line: True)
    method = f"async {_camel(operation.name)}({taken}): Promise<{answer}> {{\n  {ending}\n}}"
    return indent(f"/**\n{comment}\n */\n{method}", "  ")


def _parameters(operation: Operation) -> Iterator[str]:
    """The path's own and the body, then all others by name in one object."""
    yield from (f"{_camel(part)}: string" for part in operation.parts)
    if operation.takes_file:
        yield "file: { name: string; content: Blob }"
    elif operation.body is not None:
        yield f"body{'' if operation.needs_body else '?'}: {_type(operation.body)}"
    named = [
        f"{query.name}{'' if query.is_required else '?'}: {_type(query.schema)}"
        for query in operation.queries
    ]
    if operation.method == "POST":
        named.append("idempotencyKey?: string")
    if named:
        is_needed = any(query.is_required for query in operation.queries)
        yield f"named: {{ {'; '.join(named)} }}{'' if is_needed else ' = {}'}"


def _address(operation: Operation) -> str:
    """A template in which each part is escaped."""
    path = re.sub(
        r"{(\w+)}", lambda part: f"${{encodeURIComponent({_camel(part[1])})}}", operation.path
    )
    return f"`{path}`"


def _call(operation: Operation) -> str:
    given = []
    if operation.queries:
        inside = ", ".join(f"{query.name}: named.{query.name}" for query in operation.queries)
        given.append(f"query: {{ {inside} }}")
    if operation.takes_file:
        given.append("file")
    elif operation.body is not None:
        given.append("body")
    if operation.method == "POST":
        given.append('headers: { "Idempotency-Key": named.idempotencyKey }')
    return f"{{ {', '.join(given)} }}" if given else "{}"


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)
