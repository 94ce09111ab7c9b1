"""What a snapshot tells of a row, and what never enters the audit."""

import re

import pytest

from sloty_shared.audit import LEFT_OUT, snapshot
from sloty_shared.models import AppointmentParticipant, Base, Customer, User

SECRET = re.compile(r"password|secret|token|hash|salt|key|cipher|response|session_state")
# They look like secrets by their names, and are none.
HARMLESS = {
    ("accounts", "token_type"),
    ("idempotency_keys", "key"),
}
MODELS = sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda one: one.__name__)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_secret_enters_the_audit(model: type[Base]) -> None:
    for column in model.__table__.columns:
        if SECRET.search(column.name) and (model.__tablename__, column.name) not in HARMLESS:
            assert column.name in LEFT_OUT
    assert not LEFT_OUT & snapshot(model()).keys()


@pytest.mark.parametrize("model", [User, Customer, AppointmentParticipant])
def test_snapshot_names_every_other_column(model: type[Base]) -> None:
    named = {column.name for column in model.__table__.columns}
    assert snapshot(model()).keys() == named - LEFT_OUT


def test_snapshot_holds_no_password() -> None:
    told = snapshot(User(email="ada@example.org", password="$argon2id$..."))
    assert told["email"] == "ada@example.org"
    assert "argon2id" not in str(told)
