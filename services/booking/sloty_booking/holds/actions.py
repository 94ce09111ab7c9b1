"""Keeping an offered time for a while, and giving it back."""

import math
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from sloty_booking.appointments.candidates import Wish, find_candidates, take_first
from sloty_booking.appointments.who_acts import acts_for_customer
from sloty_booking.appointments.who_books import refuse_foreign_provider
from sloty_booking.catalog import queries as catalog
from sloty_booking.holds import queries
from sloty_booking.holds.holders import holder_of
from sloty_booking.holds.schemas import HoldView, NewHold
from sloty_shared.calendars import Bookable, offering
from sloty_shared.errors import TooManyRequests
from sloty_shared.holding import hold_time
from sloty_shared.models import HeldTime
from sloty_shared.web.changes import delete_row
from sloty_shared.web.work import Work

DEFAULT_MINUTES = 5
# What one customer or address may keep from others at a time.
MOST_LIVE_HOLDS = 5


class TooManyHolds(TooManyRequests):
    """You hold as many times as one may at once; book or give back one of them, or wait."""

    code = "too_many_holds"
    title = "Too many holds"


def hold(work: Work, wanted: NewHold) -> HoldView:
    """Keep the time for `holdMinutes`, and until it begins at the most.

    Raises NotFound for a service, provider or location, one of `refusals.REFUSALS`, Forbidden, or
    TooManyHolds for a customer.
    """
    holder = holder_of(work)
    if acts_for_customer(work):
        _refuse_many(work, holder)
    else:
        refuse_foreign_provider(work, wanted.provider_id)
    service = catalog.service(work, wanted.service_id)
    wish = Wish(
        service=service,
        terms=offering(service, work.tenant),
        start=wanted.start_time,
        provider_id=wanted.provider_id,
        location_id=wanted.location_id,
    )
    minutes = work.tenant.settings.get("holdMinutes") or DEFAULT_MINUTES
    expires_at = min(work.now + timedelta(minutes=minutes), wish.start)

    def take(bookable: Bookable) -> tuple[HeldTime, Bookable] | None:
        held = hold_time(
            work.session,
            wish.of(bookable),
            end=wish.end,
            expires_at=expires_at,
            now=work.now,
            holder=holder,
        )
        return None if held is None else (held, bookable)

    held, bookable = take_first(work, wish, find_candidates(work, wish), take)
    work.record("hold.created", held)
    return queries.shown(held, bookable.location_id)


def release(work: Work, hold_id: UUID) -> None:
    """Raises NotFound or VersionConflict."""
    held, location_id = queries.hold_to_release(work, hold_id)
    work.check_version(queries.shown(held, location_id))
    delete_row(work, "hold.released", held)


def _refuse_many(work: Work, holder: str) -> None:
    """One holder's holds are counted one after another, or many at once would all be the last."""
    work.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(holder, 0))))
    number, first_ends = queries.live_holds(work, holder)
    if number >= MOST_LIVE_HOLDS and first_ends is not None:
        seconds = math.ceil((first_ends - work.now).total_seconds())
        raise TooManyHolds(retry_after_seconds=max(1, seconds))
