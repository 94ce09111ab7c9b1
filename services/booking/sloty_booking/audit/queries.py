"""Reading audit events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from sloty_booking.audit.schemas import AuditEventView
from sloty_shared.errors import NotFound
from sloty_shared.models import AuditEvent, AuditSeal
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work

_COLUMNS = AuditEventView.model_fields.keys() & AuditEvent.__mapper__.columns.keys()


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What the list is narrowed to; `start` and `end` bound occurredAt, half-open."""

    entity_type: str | None = None
    entity_id: UUID | None = None
    actor_id: UUID | None = None
    action: str | None = None
    request_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        equal = {
            AuditEvent.entity_type: self.entity_type,
            AuditEvent.entity_id: self.entity_id,
            AuditEvent.actor_id: self.actor_id,
            AuditEvent.action: self.action,
            AuditEvent.request_id: self.request_id,
        }
        found = [column == value for column, value in equal.items() if value is not None]
        if self.start is not None:
            found.append(AuditEvent.occurred_at >= self.start)
        if self.end is not None:
            found.append(AuditEvent.occurred_at < self.end)
        return found


def audit_events(
    work: Work, wanted: AuditFilter, page: Page
) -> tuple[list[AuditEventView], str | None]:
    """The newest first."""
    events, next_cursor = paginate(
        work.session,
        select(AuditEvent).where(AuditEvent.tenant_id == work.tenant.id, *wanted.conditions()),
        by=[AuditEvent.occurred_at, AuditEvent.id],
        page=page,
        descending=True,
    )
    return with_positions(work, events), next_cursor


def audit_event(work: Work, event_id: UUID) -> AuditEventView:
    """Raises NotFound, also for one of another tenant."""
    found = work.session.scalar(
        select(AuditEvent).where(AuditEvent.tenant_id == work.tenant.id, AuditEvent.id == event_id)
    )
    if found is None:
        raise NotFound("There is no such event.")
    return with_positions(work, [found])[0]


def with_positions(work: Work, events: Sequence[AuditEvent]) -> list[AuditEventView]:
    """The events with their places in the chain, found by one statement."""
    places = select(AuditSeal.event_id, AuditSeal.position).where(
        AuditSeal.tenant_id == work.tenant.id,
        AuditSeal.event_id.in_([event.id for event in events]),
    )
    positions = {row.event_id: row.position for row in work.session.execute(places)}
    return [_view(event, positions.get(event.id)) for event in events]


def _view(event: AuditEvent, position: int | None) -> AuditEventView:
    columns = {name: getattr(event, name) for name in _COLUMNS}
    return AuditEventView(
        **columns, erased=event.salt is None, sealed=position is not None, position=position
    )
