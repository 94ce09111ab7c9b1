"""Reading a feed by its secret."""

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import contains_eager, joinedload

from sloty_availability.feeds.entries import calendar_of
from sloty_shared.database import enter_tenant
from sloty_shared.errors import NotFound
from sloty_shared.ids import token_hash
from sloty_shared.models import (
    HOLDING,
    Appointment,
    AppointmentStatus,
    CalendarFeed,
    Provider,
    Tenant,
    User,
)
from sloty_shared.web.work import Work

BACK, AHEAD = timedelta(days=30), timedelta(days=180)
MAX_ENTRIES = 5000
SHOWN = HOLDING | {AppointmentStatus.COMPLETED}

_FIND_FEED = text("SELECT tenant_id, feed_id FROM find_calendar_feed(:hash)")


def feed(work: Work, secret: str) -> bytes:
    """The iCalendar document of the feed with this secret.

    Raises NotFound for one that is unknown, revoked, of a provider or user who is not active, or
    of a business that is not.
    """
    found = work.session.execute(_FIND_FEED, {"hash": token_hash(secret)}).first()
    if found is None:
        raise NotFound("There is no such calendar.")
    enter_tenant(work.session, found.tenant_id)
    provider, tenant = work.session.execute(
        select(Provider, Tenant)
        .join(CalendarFeed, CalendarFeed.provider_id == Provider.id)
        .join(Tenant, Tenant.id == Provider.tenant_id)
        .join(User, User.id == Provider.user_id)
        .options(contains_eager(Provider.user))
        .where(CalendarFeed.tenant_id == found.tenant_id, CalendarFeed.id == found.feed_id)
    ).one()
    if not (tenant.may_log_in and provider.is_active and provider.user.may_log_in):
        raise NotFound("There is no such calendar.")
    return calendar_of(provider, tenant, _appointments(work, provider))


def public_base(work: Work) -> str:
    """Where this API is reached: the one public address, else its own."""
    settings = work.settings
    return settings.public_url or f"http://{settings.host}:{settings.availability_port}"


def _appointments(work: Work, provider: Provider) -> list[Appointment]:
    query = (
        select(Appointment)
        .where(
            Appointment.tenant_id == provider.tenant_id,
            Appointment.provider_id == provider.id,
            Appointment.start_time >= work.now - BACK,
            Appointment.start_time < work.now + AHEAD,
            Appointment.status.in_(SHOWN),
        )
        .options(
            joinedload(Appointment.service),
            joinedload(Appointment.customer),
            joinedload(Appointment.location),
        )
        .order_by(Appointment.start_time, Appointment.id)
        .limit(MAX_ENTRIES)
    )
    return list(work.session.scalars(query))
