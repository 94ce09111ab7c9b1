"""The seed's data model, read from its short form into what PostgreSQL should say of it."""

import re
from dataclasses import dataclass, field

from .seed_model import ENUMS, KEYED_BY, SEED, STANDS_FOR

TYPES = {
    "String": "text",
    "String[]": "text[]",
    "Json": "jsonb",
    "DateTime": "timestamp with time zone",
    "Date": "date",
    "Int": "integer",
    "Float": "double precision",
    "Boolean": "boolean",
    "Decimal": "numeric(10,2)",
    **dict.fromkeys(ENUMS, "character varying(32)"),
}
CASTS = {"String": "::text", "Json": "::jsonb", **dict.fromkeys(ENUMS, "::character varying")}


@dataclass(frozen=True)
class Entity:
    """One entity: its columns by name with their shape, and its references, keys and indexes."""

    name: str
    table: str
    columns: dict[str, str] = field(default_factory=dict)
    enums: dict[str, list[str]] = field(default_factory=dict)
    references: dict[str, tuple[str, bool]] = field(default_factory=dict)
    unique: list[tuple[str, ...]] = field(default_factory=list)
    indexed: list[tuple[str, ...]] = field(default_factory=list)


def read_seed() -> list[Entity]:
    return [_read_entity(block.splitlines()) for block in SEED.strip().split("\n\n")]


def _read_entity(lines: list[str]) -> Entity:
    name, table = lines[0].split()
    entity = Entity(name, table)
    entity.columns["id"] = "uuid NOT NULL DEFAULT uuidv7()"
    for line in lines[1:]:
        first, *words = line.split()
        if first in ("unique", "index"):
            keys = tuple(_key_column(entity, word) for word in words)
            (entity.unique if first == "unique" else entity.indexed).append(keys)
        elif words[0] == "->":
            entity.references[_snake(first)] = (words[1], "cascade" in words)
            entity.columns[_snake(first)] = "uuid NOT NULL"
        else:
            _read_field(entity, first, words)
    return entity


def _read_field(entity: Entity, name: str, words: list[str]) -> None:
    kind = words[0].rstrip("?")
    if kind in ENUMS:
        entity.enums[_snake(name)] = ENUMS[kind].split()
    if (entity.name, name) in STANDS_FOR:
        column, shape = STANDS_FOR[entity.name, name].split(" ", 1)
        entity.columns[column] = shape
        return
    shape = TYPES[kind] + ("" if words[0].endswith("?") else " NOT NULL")
    if len(words) > 1:
        shape += f" DEFAULT {_default(kind, words[2])}"
    entity.columns[_snake(name)] = shape


def _default(kind: str, value: str) -> str:
    if value == "now":
        return "now()"
    return f"'{value}'{CASTS[kind]}" if kind in CASTS else value


def _key_column(entity: Entity, name: str) -> str:
    return KEYED_BY.get((entity.name, name), _snake(name))


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)
