"""One request as actions and queries see it: no HTTP in it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from sloty_shared import audit
from sloty_shared.database import session_of
from sloty_shared.encryption import Encryption
from sloty_shared.errors import NotFound, Unauthenticated, VersionConflict
from sloty_shared.hot_statements import Values
from sloty_shared.models import ActorType, Base, Tenant
from sloty_shared.settings import Settings
from sloty_shared.web.caller import Caller
from sloty_shared.web.doors import Found


@dataclass(slots=True, kw_only=True)
class Glance:
    """A request that was let in: its moment, its tenant and caller, and what it asked along.

    No transaction goes with it: one statement has read all that it is answered from.
    """

    now: datetime
    caller_or_none: Caller | None = None
    # Of a public route, which the caller reaches by the tenant's slug.
    public_tenant: Tenant | None = None
    # What came of the route's question, if it has one.
    asked: Found | None = None

    @property
    def caller(self) -> Caller:
        if self.caller_or_none is None:
            raise Unauthenticated
        return self.caller_or_none

    @property
    def found(self) -> Values | None:
        """What the route's question found, None where that is nothing."""
        return None if self.asked is None else self.asked.values

    @property
    def tenant(self) -> Tenant:
        """The one tenant that this request is inside of."""
        if self.caller_or_none is not None:
            return self.caller_or_none.tenant
        if self.public_tenant is None:
            raise NotFound("There is no such business.")
        return self.public_tenant


@dataclass(slots=True, kw_only=True)
class Work(Glance):
    """One request's piece of work: beside all that its transaction, and what it leaves behind."""

    # What hot statements are asked of; a session is made only where somebody wants one.
    connection: Connection
    request_id: str
    # Where the request stands in its trace, for the work that it leaves behind.
    traceparent: str
    address: str | None
    encryption: Encryption
    settings: Settings
    if_match: str | None = None
    owes_messages: bool = False
    _session: Session | None = None
    _rows_read: list[Base] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The transaction as a session, which knows the rows that were read before it."""
        if self._session is None:
            self._session = session_of(self.connection)
            self._session.add_all(self._rows_read)
        return self._session

    def has_read(self, row: Base) -> None:
        """Let the session write what is changed of this row later, as of any that it read itself."""
        if self._session is None:
            self._rows_read.append(row)
        else:
            self._session.add(row)

    def flush(self) -> None:
        """Write what the session has changed, if there is one."""
        if self._session is not None:
            self._session.flush()

    def close(self) -> None:
        """Let the session go, if there is one; the transaction goes on."""
        if self._session is not None:
            self._session.close()

    @property
    def actor(self) -> audit.Actor:
        kind, actor_id, role = ActorType.PUBLIC, None, None
        if self.caller_or_none is not None:
            caller = self.caller_or_none
            role = caller.role
            if caller.user is not None:
                kind, actor_id = ActorType.USER, caller.user.id
            elif caller.api_key is not None:
                kind, actor_id = ActorType.API_KEY, caller.api_key.id
        return audit.Actor(kind, actor_id, role, request_id=self.request_id, address=self.address)

    def check_version(self, row: Any) -> None:
        """Raise VersionConflict where the caller's If-Match names another version of the row.

        The row must be locked, so that the version that was checked is the one that is changed.
        """
        if self.if_match is None or self.if_match.strip() == "*":
            return
        if f'"{row.version}"' not in [tag.strip() for tag in self.if_match.split(",")]:
            raise VersionConflict

    def record(
        self,
        action: str,
        row: Base,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        """Add an audit event on a row that has been flushed."""
        audit.record(self.session, self.actor, action, row, before=before, after=after)

    def wake_workers(self) -> None:
        """Once this has committed, tell the workers that messages are due."""
        self.owes_messages = True
