"""What a snapshot tells of a row, and what never enters the audit."""

import re

import pytest
from sqlalchemy import inspect

from sloty_shared.audit import LEFT_OUT, snapshot
from sloty_shared.models import AppointmentParticipant, Base, Customer, User

SECRET = re.compile(r"password|secret|token|hash|salt|key|cipher|response|session_state")
# They look like secrets by their names, and are none.
HARMLESS = {
    ("accounts", "token_type"),
    ("idempotency_keys", "key"),
}


@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_no_secret_enters_the_audit(table: str) -> None:
    mapper = next(each for each in Base.registry.mappers if each.local_table.name == table)
    for attribute in mapper.column_attrs:
        if SECRET.search(attribute.key) and (table, attribute.key) not in HARMLESS:
            assert attribute.key in LEFT_OUT, f"{table}.{attribute.key}"


def test_snapshot_names_every_other_column() -> None:
    for model in (User, Customer, AppointmentParticipant):
        columns = set(inspect(model).columns.keys()) - LEFT_OUT
        told = {column.name for column in inspect(model).columns if column.key in columns}
        assert (
            snapshot(model()).keys()
            == {
                name
                for name in told | {"relationship"}
                if name in inspect(model).local_table.columns
            }
            - LEFT_OUT
        )


def test_snapshot_holds_no_password() -> None:
    told = snapshot(User(email="ada@example.org", password="$argon2id$..."))
    assert told["email"] == "ada@example.org"
    assert "argon2id" not in str(told)
