"""The seed's data model stands in the database: entities, fields, enums, keys and indexes."""

import re

import pytest

from . import catalog
from .catalog import Connection
from .seed_fields import Entity, read_seed
from .seed_model import NAMED_INDEXES

ENTITIES = read_seed()
TABLES = {entity.name: entity.table for entity in ENTITIES}
each_entity = pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)


@each_entity
def test_every_field_is_a_column(owner: Connection, entity: Entity) -> None:
    all_columns = catalog.columns(owner)
    stored = {column: all_columns.get((entity.table, column)) for column in entity.columns}
    assert stored == entity.columns


@each_entity
def test_every_enum_holds_exactly_its_values(owner: Connection, entity: Entity) -> None:
    checks = [
        definition
        for (table, _), definition in catalog.constraints(owner).items()
        if table == entity.table and definition.startswith("CHECK")
    ]
    for column, values in entity.enums.items():
        allowed = [
            re.findall(r"'(\w+)'", check)
            for check in checks
            if re.match(rf"CHECK \(\(\({column}\)::text = ANY", check)
        ]
        assert allowed == [values], column


@each_entity
def test_every_key_is_unique(owner: Connection, entity: Entity) -> None:
    unique = {
        frozenset(keys)
        for table, keys, is_unique in catalog.index_keys(owner).values()
        if table == entity.table and is_unique
    }
    assert {frozenset(keys) for keys in entity.unique} <= unique


@each_entity
def test_every_index_leads_with_its_fields(owner: Connection, entity: Entity) -> None:
    indexed = [
        keys for table, keys, _ in catalog.index_keys(owner).values() if table == entity.table
    ]
    for wanted in entity.indexed:
        assert any(keys[: len(wanted)] == wanted for keys in indexed), wanted


@each_entity
def test_every_relation_stays_in_its_tenant(owner: Connection, entity: Entity) -> None:
    found = {
        reference.columns: (reference.target, reference.on_delete)
        for reference in catalog.references(owner)
        if reference.table == entity.table
    }
    for column, (target, cascades) in entity.references.items():
        key = ("tenant_id",) if target == "Tenant" else ("tenant_id", column)
        assert found[key] == (TABLES[target], "CASCADE" if cascades else "NO ACTION")


@pytest.mark.parametrize(("name", "wanted"), NAMED_INDEXES.items(), ids=NAMED_INDEXES)
def test_named_index_has_its_columns(owner: Connection, name: str, wanted: str) -> None:
    table, keys, is_unique = catalog.index_keys(owner)[name]
    assert " ".join((table, *keys, *(["UNIQUE"] if is_unique else []))) == wanted


def test_days_without_times_override_once(owner: Connection) -> None:
    definition = catalog.constraints(owner)[
        "provider_schedules", "uq_provider_schedules_provider_id_date_start_time_end_time"
    ]
    assert definition.startswith("UNIQUE NULLS NOT DISTINCT")


@each_entity
def test_change_moves_updated_at_and_version(owner: Connection, entity: Entity) -> None:
    has_stamp = "updated_at" in entity.columns
    assert ((entity.table, "touch") in catalog.triggers(owner)) is has_stamp
