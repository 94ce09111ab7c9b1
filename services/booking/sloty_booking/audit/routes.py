"""`/v1/audit-events`."""

from typing import Annotated

from fastapi import Depends, Query

from sloty_booking.audit import queries
from sloty_booking.audit.queries import AuditFilter
from sloty_booking.audit.schemas import AuditEventView
from sloty_shared.errors import NotFound
from sloty_shared.permissions import Permission
from sloty_shared.web.endpoint import Routes
from sloty_shared.web.fields import QueryInstant, ShortText, UuidId
from sloty_shared.web.paging import Listing, PageQuery
from sloty_shared.web.work import Work

routes = Routes(tags=["audit"])


async def _wanted(
    entity_type: Annotated[
        ShortText | None, Query(alias="entityType", examples=["Appointment"])
    ] = None,
    entity_id: Annotated[UuidId | None, Query(alias="entityId")] = None,
    actor_id: Annotated[
        UuidId | None, Query(alias="actorId", description="A user or an API key.")
    ] = None,
    action: Annotated[ShortText | None, Query(examples=["appointment.cancelled"])] = None,
    request_id: Annotated[
        ShortText | None, Query(alias="requestId", description="What `X-Request-Id` said.")
    ] = None,
    start: Annotated[
        QueryInstant | None, Query(alias="from", description="`occurredAt` at or after this.")
    ] = None,
    end: Annotated[
        QueryInstant | None, Query(alias="to", description="`occurredAt` before this.")
    ] = None,
) -> AuditFilter:
    return AuditFilter(
        entity_type=entity_type,
        entity_id=entity_id,
        actor_id=actor_id,
        action=action,
        request_id=request_id,
        start=start,
        end=end,
    )


@routes.read(
    "/audit-events",
    allow=Permission.AUDIT_READ,
    answer=Listing[AuditEventView],
    summary="List audit events",
)
def list_audit_events(
    work: Work, page: PageQuery, wanted: Annotated[AuditFilter, Depends(_wanted)]
) -> Listing[AuditEventView]:
    """Who changed what, the newest first. Nobody changes or deletes an event.

    Events are sealed into the business's hash chain shortly after. An erasure of a person's data
    takes `before`, `after` and `address` from the events about them; the events stay.
    """
    items, next_cursor = queries.audit_events(work, wanted, page)
    return Listing[AuditEventView](items=items, next_cursor=next_cursor)


@routes.read(
    "/audit-events/{audit_event_id}",
    allow=Permission.AUDIT_READ,
    answer=AuditEventView,
    errors=(NotFound,),
    summary="Read an audit event",
)
def read_audit_event(work: Work, audit_event_id: UuidId) -> AuditEventView:
    """One event."""
    return queries.audit_event(work, audit_event_id)
