"""One request's piece of work, as actions and queries see it: no HTTP in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from sloty_shared import audit
from sloty_shared.errors import Unauthenticated
from sloty_shared.models import ActorType, Base
from sloty_shared.web.caller import Caller


@dataclass(slots=True)
class Work:
    """One request's piece of work: its transaction, its moment and its caller."""

    session: Session
    now: datetime
    request_id: str
    address: str | None
    caller_or_none: Caller | None = None
    owes_messages: bool = False

    @property
    def caller(self) -> Caller:
        if self.caller_or_none is None:
            raise Unauthenticated
        return self.caller_or_none

    @property
    def actor(self) -> audit.Actor:
        if self.caller_or_none is None:
            return audit.Actor(ActorType.PUBLIC, request_id=self.request_id, address=self.address)
        user = self.caller_or_none.user
        return audit.Actor(
            ActorType.USER, user.id, user.role, request_id=self.request_id, address=self.address
        )

    def record(self, action: str, row: Base, *, before: dict[str, Any] | None = None) -> None:
        """Add an audit event on a row that has been flushed."""
        audit.record(self.session, self.actor, action, row, before=before)

    def wake_workers(self) -> None:
        """Once this has committed, tell the workers that messages are due."""
        self.owes_messages = True
