"""Giving a provider's calendar a secret address, and taking it away."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from sloty_availability.schedules import queries as schedules
from sloty_availability.schedules.actions import lock_calendar
from sloty_shared import audit
from sloty_shared.errors import Forbidden, NotFound
from sloty_shared.ids import new_token, token_hash
from sloty_shared.models import CalendarFeed, Provider
from sloty_shared.permissions import Permission
from sloty_shared.web.work import Work


@dataclass(frozen=True, slots=True)
class OpenedFeed:
    """A feed with the secret of its address in clear, which exists nowhere else."""

    provider_id: UUID
    secret: str


def open_feed(work: Work, provider_id: UUID) -> OpenedFeed:
    """Make the provider's feed, or give it another address; the old one ends at once.

    Raises NotFound, or Forbidden for a caller who may not read the provider's appointments.
    """
    provider = lock_calendar(work, provider_id)
    if not schedules.may(work, Permission.APPOINTMENTS_READ, provider):
        raise Forbidden("A feed shows appointments, which the caller may not read.")
    secret = new_token()
    feed = _feed(work, provider)
    if feed is None:
        feed = CalendarFeed(
            tenant_id=provider.tenant_id, provider_id=provider.id, token_hash=token_hash(secret)
        )
        work.session.add(feed)
        work.session.flush()
        work.record("calendar_feed.created", feed)
    else:
        before = audit.snapshot(feed)
        feed.token_hash = token_hash(secret)
        work.session.flush()
        work.record("calendar_feed.rotated", feed, before=before)
    return OpenedFeed(provider.id, secret)


def close_feed(work: Work, provider_id: UUID) -> None:
    """Raises NotFound, also where there is no feed, or VersionConflict."""
    feed = _feed(work, lock_calendar(work, provider_id))
    if feed is None:
        raise NotFound("This provider has no calendar feed.")
    work.check_version(feed)
    before = audit.snapshot(feed)
    work.session.delete(feed)
    work.session.flush()
    work.record("calendar_feed.revoked", feed, before=before, after={})


def _feed(work: Work, provider: Provider) -> CalendarFeed | None:
    return work.session.scalar(
        select(CalendarFeed)
        .where(
            CalendarFeed.tenant_id == provider.tenant_id, CalendarFeed.provider_id == provider.id
        )
        .with_for_update()
    )
