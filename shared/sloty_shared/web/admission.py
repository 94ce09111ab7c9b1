"""Letting a request in: into its tenant's transaction as Work, or for a glance."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime

from fastapi import Request

from sloty_shared.web.caller import note_use
from sloty_shared.web.doors import Question
from sloty_shared.web.guard import Guard
from sloty_shared.web.request_context import current_request
from sloty_shared.web.runtime import runtime_of
from sloty_shared.web.work import Glance, Work


@contextmanager
def open_work(
    request: Request, guard: Guard, now: datetime, question: Question | None = None
) -> Iterator[Work]:
    """The transaction of one request, inside its tenant, committed at the end.

    Raises what `Guard.admit` raises.
    """
    runtime = runtime_of(request)
    current = current_request()
    with runtime.database.connection() as connection:
        admitted = guard.admit(connection, request, now, question)
        if admitted.caller and admitted.caller.use_is_due(now):
            note_use(connection, admitted.caller, now)
        work = Work(
            connection=connection,
            now=now,
            request_id=current.id,
            traceparent=current.span.context.traceparent,
            address=request.client.host if request.client else None,
            encryption=runtime.encryption,
            settings=runtime.settings,
            if_match=_if_match(request),
            caller_or_none=admitted.caller,
            public_tenant=admitted.public_tenant,
            asked=admitted.found,
        )
        # Closed before the commit: then nothing of it is left to Python's collector of cycles.
        with closing(work):
            yield work
            work.flush()


def take_glance(request: Request, guard: Guard, now: datetime, question: Question | None) -> Glance:
    """The same of a request that one statement answers: none of it is open any more."""
    runtime = runtime_of(request)
    with runtime.database.single_statements() as connection:
        admitted = guard.admit(connection, request, now, question)
    if admitted.caller and admitted.caller.use_is_due(now):
        with runtime.database.connection() as connection:
            note_use(connection, admitted.caller, now)
    return Glance(
        now=now,
        caller_or_none=admitted.caller,
        public_tenant=admitted.public_tenant,
        asked=admitted.found,
    )


def _if_match(request: Request) -> str | None:
    """The versions that the caller names, on however many lines."""
    given = request.headers.getlist("if-match")
    return ",".join(given) if given else None
