"""Why a time of a provider is offered, or which rule is against it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from sloty_availability.schedules.queries import may
from sloty_availability.slots.schemas import Block, Explanation, Holder, Window
from sloty_shared.calendars import Bookable, epoch, epoch_after, load_bookables, offering
from sloty_shared.errors import NotFound
from sloty_shared.models import Appointment, HeldTime, Provider, ProviderSchedule, Service
from sloty_shared.permissions import Permission
from sloty_shared.scheduling import Held, Refusal, RefusalCode, blocked_times, judge, open_windows
from sloty_shared.scheduling.local_time import SECONDS_A_DAY
from sloty_shared.web.work import Work

BOOKABLE = "This time can be booked."
NOT_GIVEN = "This provider does not give this service."
DETAILS = {
    RefusalCode.INACTIVE: "The service, the provider or the location is not active.",
    RefusalCode.TOO_SOON: "The service must be booked longer in advance.",
    RefusalCode.TOO_FAR: "The service cannot be booked that far in advance yet.",
    RefusalCode.OUTSIDE_AVAILABILITY: "The provider is not available for the whole of this time.",
    RefusalCode.NOT_A_SLOT: "The provider is available, but no slot starts at this time.",
    RefusalCode.SLOT_UNAVAILABLE: "This time is taken.",
}


def explain(work: Work, service_id: UUID, provider_id: UUID, start: datetime) -> Explanation:
    """What the engine says of this start, with what stands in the way for those who may see it.

    Raises NotFound for a service or provider that is not there.
    """
    service, provider = _service(work, service_id), _provider(work, provider_id)
    bookables = load_bookables(
        work.session,
        service,
        start=start,
        end=start + timedelta(minutes=1),
        now=work.now,
        provider_id=provider.id,
    )
    if not bookables:
        rule = RefusalCode.OUTSIDE_AVAILABILITY if service.is_active else RefusalCode.INACTIVE
        return Explanation(bookable=False, rule=rule, detail=NOT_GIVEN)
    refusal = judge(
        bookables[0].calendar,
        offering(service, work.tenant),
        bookables[0].held,
        epoch(start),
        now=epoch_after(work.now),
        whole_second=start.microsecond == 0,
    )
    return Explanation(
        **_said(refusal), **_shown_to_staff(work, provider, bookables[0], start, refusal)
    )


def _service(work: Work, service_id: UUID) -> Service:
    found = work.session.scalar(
        select(Service).where(Service.tenant_id == work.tenant.id, Service.id == service_id)
    )
    if found is None:
        raise NotFound("There is no such service.")
    return found


def _provider(work: Work, provider_id: UUID) -> Provider:
    found = work.session.scalar(
        select(Provider).where(Provider.tenant_id == work.tenant.id, Provider.id == provider_id)
    )
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def _said(refusal: Refusal | None) -> dict[str, Any]:
    """What everybody may know."""
    if refusal is None:
        return {"bookable": True, "rule": None, "detail": BOOKABLE}
    return {
        "bookable": False,
        "rule": refusal.code,
        "detail": DETAILS[refusal.code],
        "earliest": None if refusal.earliest is None else _instant(refusal.earliest),
        "last_date": refusal.last_date,
    }


def _shown_to_staff(
    work: Work, provider: Provider, bookable: Bookable, start: datetime, refusal: Refusal | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if may(work, Permission.SCHEDULES_READ, provider):
        shown["window"] = _window(bookable, epoch(start))
        if refusal is not None and refusal.block is not None:
            shown["block"] = _block(work, bookable, refusal.block.id, epoch(start))
    if (
        refusal is not None
        and refusal.held is not None
        and may(work, Permission.APPOINTMENTS_READ, provider)
    ):
        shown["appointment"] = _holder(work, provider, refusal.held)
    return shown


def _window(bookable: Bookable, at: int) -> Window | None:
    windows = open_windows(bookable.calendar, at - SECONDS_A_DAY, at + SECONDS_A_DAY)
    for opens, closes in windows:
        if opens <= at < closes:
            return Window(start_time=_instant(opens), end_time=_instant(closes))
    return None


def _block(work: Work, bookable: Bookable, override_id: str | None, at: int) -> Block | None:
    """The override and what it takes of the days around the start."""
    row = work.session.scalar(
        select(ProviderSchedule).where(
            ProviderSchedule.tenant_id == work.tenant.id, ProviderSchedule.id == override_id
        )
    )
    around = (at - 2 * SECONDS_A_DAY, at + 2 * SECONDS_A_DAY)
    taken = [
        (since, until)
        for since, until, override in blocked_times(bookable.calendar, *around)
        if override.id == override_id
    ]
    if row is None or not taken:
        return None
    return Block(
        override_id=row.id,
        type=row.type,
        reason=row.reason,
        start_time=_instant(taken[0][0]),
        end_time=_instant(taken[-1][1]),
    )


def _holder(work: Work, provider: Provider, held: Held) -> Holder | None:
    appointment = work.session.scalar(
        select(Appointment)
        .join(HeldTime, HeldTime.appointment_id == Appointment.id)
        .where(
            HeldTime.tenant_id == work.tenant.id,
            HeldTime.provider_id == provider.id,
            HeldTime.held_from >= _instant(held.start),
            HeldTime.held_from < _instant(held.start + 1),
            HeldTime.held_until > _instant(held.end - 1),
        )
        .order_by(HeldTime.seat)
        .limit(1)
    )
    if appointment is None:
        return None
    return Holder(
        appointment_id=appointment.id,
        status=appointment.status,
        start_time=appointment.start_time,
        end_time=appointment.end_time,
        held_until=appointment.held_until,
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
