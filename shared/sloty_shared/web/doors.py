"""The ways into a tenant: each is one statement that enters it, reads who came in, and asks along."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    bindparam,
    column,
    literal_column,
    select,
    text,
    true,
)

from sloty_shared.hot_statements import Asker, Detached, HotStatement, Values
from sloty_shared.models import ApiKey, Session, Tenant, User
from sloty_shared.snapshots import SNAPSHOT

# What a question calls the tenant by: nobody knows it before the statement has entered it.
ENTERED_TENANT: ColumnElement[UUID] = literal_column("entered.tenant_id", Uuid())
# Keeps the planner from joining in any other order: so the policies see the tenant already.
_IN_THIS_ORDER: ColumnElement[int] = literal_column("0")

TENANT = Detached(Tenant)
USER = Detached(User, without=["password"])
SESSION = Detached(Session, without=["session_token_hash"])
API_KEY = Detached(ApiKey, without=["key_hash"])


@dataclass(frozen=True, slots=True)
class Question:
    """What a route asks in the statement that lets its caller in: one row, or none.

    `read` names the tenant as ENTERED_TENANT and has `values` for its other parameters. Statements
    are kept, so it is one of a few that were made once.
    """

    read: Select[Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a question found, None where that is nothing.

    `snapshot` is the one that the log-in and this were read under; None where there were two.
    """

    values: Values | None
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read of who came in, and what the question found, if there was one."""

    who: Values
    found: Found | None = None


class Door:
    """`way` gives the `tenant_id` that it enters, and perhaps the `id` that `proof` must be."""

    def __init__(
        self, way: str, read: Select[Any], proof: ColumnElement[Any] | None = None
    ) -> None:
        self._way = way
        self._width = len(read.selected_columns)
        self._read = read
        self._proof = proof

    def enter(
        self, asker: Asker, values: Mapping[str, Any], question: Question | None = None
    ) -> Entry | None:
        """Enter the tenant for the rest of the transaction; None where the way leads nowhere."""
        if question is None:
            row = self._statement(None).first(asker, values)
            return None if row is None else Entry(row)
        row = self._statement(question.read).first(asker, {**values, **question.values})
        if row is None:
            return None
        found, snapshot = row[self._width : -1], row[-1]
        is_something = any(value is not None for value in found)
        return Entry(row[: self._width], Found(found if is_something else None, snapshot))

    @cache  # noqa: B019 - Doors are made once, and stay.
    def _statement(self, asked: Select[Any] | None) -> HotStatement:
        # The planner would take a function for a thousand rows, and find that each new plan pays.
        way = text(f"{self._way} LIMIT 1").columns(column("id", Uuid), column("tenant_id", Uuid))
        entered = way.cte("entered")
        read = self._read.where(Tenant.id == entered.c.tenant_id)
        if self._proof is not None:
            read = read.where(self._proof == entered.c.id)
        who = read.offset(_IN_THIS_ORDER).lateral("who")
        if asked is None:
            return HotStatement(select(who).select_from(entered.join(who, true())))
        found = asked.offset(_IN_THIS_ORDER).lateral("found")
        steps = entered.join(who, true()).outerjoin(found, true())
        return HotStatement(select(who, found, SNAPSHOT).select_from(steps))


def ask_inside(asker: Asker, tenant_id: UUID, question: Question) -> Values | None:
    """What the question finds where its tenant was entered before."""
    return _inside(question.read).first(asker, {**question.values, "tenant_id": tenant_id})


@cache
def _inside(asked: Select[Any]) -> HotStatement:
    known = select(bindparam("tenant_id", type_=Uuid()).label("tenant_id")).cte("entered")
    found = asked.lateral("found")
    return HotStatement(select(found).select_from(known.join(found, true())))


_ENTERED = "CAST(set_config('app.tenant_id', tenant_id::text, true) AS uuid) AS tenant_id"
_READ_TENANT = select(*TENANT.columns)

BY_SESSION = Door(
    f"SELECT session_id AS id, {_ENTERED} FROM find_session(:token_hash)",  # noqa: S608 - Ours.
    select(*SESSION.columns, *USER.columns, *TENANT.columns)
    .join(User, User.id == Session.user_id)
    .join(Tenant, Tenant.id == Session.tenant_id),
    proof=Session.__table__.c.id,
)
BY_API_KEY = Door(
    f"SELECT api_key_id AS id, {_ENTERED} FROM find_api_key(:token_hash)",  # noqa: S608 - Ours.
    select(*API_KEY.columns, *TENANT.columns).join(Tenant, Tenant.id == ApiKey.tenant_id),
    proof=ApiKey.__table__.c.id,
)
BY_SLUG = Door(
    f"SELECT NULL AS id, {_ENTERED} FROM find_tenant(:slug) AS tenant_id "  # noqa: S608 - Ours.
    "WHERE tenant_id IS NOT NULL",
    _READ_TENANT,
)
BY_CODE = Door(
    f"SELECT NULL AS id, {_ENTERED} FROM find_appointment(:code)",  # noqa: S608 - Ours.
    _READ_TENANT,
)
BY_WAITLIST_CODE = Door(
    f"SELECT NULL AS id, {_ENTERED} FROM find_waitlist_entry(:code)",  # noqa: S608 - Ours.
    _READ_TENANT,
)
