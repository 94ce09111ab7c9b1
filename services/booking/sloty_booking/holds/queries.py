"""Reading holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from sloty_booking.holds.holders import is_for
from sloty_booking.holds.schemas import HoldView
from sloty_shared.errors import Conflict, NotFound
from sloty_shared.models import HeldTime, Provider
from sloty_shared.permissions import Permission
from sloty_shared.web.work import Work


class HoldExpired(Conflict):
    """This hold has expired or has been used; book without it, or hold the time anew."""

    code = "hold_expired"
    title = "Hold expired"


def hold(work: Work, hold_id: UUID) -> HoldView:
    """Raises NotFound, also for one that has ended or is another's."""
    return shown(*_one(work, _live(work, hold_id, Permission.APPOINTMENTS_READ)))


def hold_to_release(work: Work, hold_id: UUID) -> Row[HeldTime, UUID]:
    """The same with its provider's location, locked until the transaction ends."""
    query = _live(work, hold_id, Permission.APPOINTMENTS_WRITE)
    return _one(work, query.with_for_update(of=HeldTime))


def hold_to_book(work: Work, hold_id: UUID) -> HeldTime:
    """Raises NotFound, and HoldExpired for one that is still known and no longer live."""
    query = _by_id(work, hold_id, Permission.APPOINTMENTS_WRITE)
    found = _one(work, query)[0]
    if found.expires_at is None or found.expires_at <= work.now:
        raise HoldExpired
    return found


def live_holds(work: Work, holder: str) -> tuple[int, datetime | None]:
    """How many the holder has, and when the first of them ends."""
    query = select(func.count(), func.min(HeldTime.expires_at)).where(
        HeldTime.tenant_id == work.tenant.id,
        HeldTime.holder == holder,
        HeldTime.expires_at > work.now,
    )
    number, first_ends = work.session.execute(query).one()
    return number, first_ends


def shown(held: HeldTime, location_id: UUID) -> HoldView:
    return HoldView.model_validate(
        {
            "id": held.id,
            "service_id": held.service_id,
            "provider_id": held.provider_id,
            "location_id": location_id,
            "start_time": held.held_from,
            "end_time": held.end_time or held.held_until,
            "expires_at": held.expires_at,
        }
    )


def _by_id(work: Work, hold_id: UUID, permission: Permission) -> Select[HeldTime, UUID]:
    return (
        select(HeldTime, Provider.location_id)
        .join(Provider, Provider.id == HeldTime.provider_id)
        .where(
            HeldTime.tenant_id == work.tenant.id,
            HeldTime.id == hold_id,
            is_for(work, permission),
        )
    )


def _live(work: Work, hold_id: UUID, permission: Permission) -> Select[HeldTime, UUID]:
    return _by_id(work, hold_id, permission).where(HeldTime.expires_at > work.now)


def _one(work: Work, query: Select[HeldTime, UUID]) -> Row[HeldTime, UUID]:
    found = work.session.execute(query).first()
    if found is None:
        raise NotFound("There is no such hold: it may have expired or have been given back.")
    return found
