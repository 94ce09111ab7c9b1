"""Booking and cancelling."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sloty_booking.appointments import queries
from sloty_booking.appointments.refusals import ALTERNATIVES_WITHIN, next_slots, refusal_error
from sloty_booking.appointments.schemas import Booking
from sloty_booking.appointments.take_time import take_time
from sloty_booking.appointments.who_books import customer_of, refuse_foreign_booking
from sloty_booking.catalog import queries as catalog
from sloty_booking.customers import queries as customers
from sloty_booking.notifications.actions import owe
from sloty_booking.staff import queries as staff
from sloty_booking.tenants.plan_limits import refuse_another_appointment
from sloty_shared import audit
from sloty_shared.calendars import Bookable, epoch, epoch_after, load_bookables, offering
from sloty_shared.errors import SlotyError
from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import Appointment, Customer, NotificationKind, Service
from sloty_shared.scheduling import Refusal, RefusalCode, judge
from sloty_shared.web.work import Work

_NEVER_IGNORED = frozenset({RefusalCode.INACTIVE, RefusalCode.SLOT_UNAVAILABLE})


def book(work: Work, request: Booking) -> Appointment:
    """A new appointment and the message about it.

    Raises NotFound for a service, provider, location or customer that is not there, one of
    `refusals.REFUSALS` with the next free slots where the time cannot be booked, or PlanLimit.
    """
    refuse_foreign_booking(work, request, queries.own_provider_ids(work))
    refuse_another_appointment(work)
    service = catalog.service(work, request.service_id)
    bookables = _bookables(work, request, service, request.start_time)
    if not bookables:
        raise _nobody(work, request, service)
    candidates, refusals = _judge_each(work, request, service, bookables)
    if candidates:
        customer = customer_of(work, request)
        for bookable in candidates:
            appointment = take_time(work, _values(work, request, service, customer, bookable))
            if appointment is not None:
                return _announce(work, appointment, customer)
            refusals.append(Refusal(RefusalCode.SLOT_UNAVAILABLE))
    raise refusal_error(refusals, _alternatives(work, request, service))


def cancel(work: Work, appointment_id: UUID, reason: str | None) -> Appointment:
    """Free the time and tell the customer. Raises NotFound or InvalidTransition."""
    appointment = queries.appointment(work, appointment_id, to_change=True)
    before = audit.snapshot(appointment)
    declined = appointment.awaits_approval
    appointment.cancel(reason, now=work.now)
    work.session.flush()
    work.record("appointment.cancelled", appointment, before=before)
    customer = customers.customer(work, appointment.customer_id)
    kind = NotificationKind.DECLINED if declined else NotificationKind.CANCELLED
    owe(work, kind, appointment, customer)
    return appointment


def _bookables(
    work: Work,
    request: Booking,
    service: Service,
    start: datetime,
    *,
    within: timedelta = timedelta(minutes=1),
) -> list[Bookable]:
    return load_bookables(
        work.session,
        service,
        start=start,
        end=start + within,
        now=work.now,
        provider_id=request.provider_id,
        location_id=request.location_id,
    )


def _nobody(work: Work, request: Booking, service: Service) -> SlotyError:
    """Why there is no calendar to look into. Raises NotFound for a provider or location."""
    if request.provider_id is not None:
        staff.provider(work, request.provider_id)
    if request.location_id is not None:
        catalog.location(work, request.location_id)
    code = RefusalCode.OUTSIDE_AVAILABILITY if service.is_active else RefusalCode.INACTIVE
    return refusal_error([Refusal(code)], [])


def _judge_each(
    work: Work, request: Booking, service: Service, bookables: list[Bookable]
) -> tuple[list[Bookable], list[Refusal]]:
    """Who could take the appointment, in the order to ask them, and why the others cannot.

    Staff may book any time: then those who are not available come after those who are.
    """
    terms = offering(service, work.tenant)
    free: list[Bookable] = []
    ignored: list[Bookable] = []
    refusals: list[Refusal] = []
    for bookable in bookables:
        refusal = judge(
            bookable.calendar,
            terms,
            bookable.held,
            epoch(request.start_time),
            now=epoch_after(work.now),
            whole_second=request.start_time.microsecond == 0,
        )
        if refusal is None:
            free.append(bookable)
        elif request.ignore_availability and refusal.code not in _NEVER_IGNORED:
            ignored.append(bookable)
        else:
            refusals.append(refusal)
    first, last = (_least_booked_first(work, request, each) for each in (free, ignored))
    return [*first, *last], refusals


def _least_booked_first(work: Work, request: Booking, free: list[Bookable]) -> list[Bookable]:
    """Fair to the providers: the one with the fewest appointments on that local date."""
    if len(free) < 2:  # noqa: PLR2004 - one provider is no choice.
        return free
    zone = ZoneInfo(free[0].calendar.zone)
    date = request.start_time.astimezone(zone).date()
    start = datetime(date.year, date.month, date.day, tzinfo=zone)
    counts = queries.bookings_of_day(
        work, [each.provider_id for each in free], start, start + timedelta(days=1)
    )
    return sorted(free, key=lambda each: (counts.get(each.provider_id, 0), each.provider_id))


def _values(
    work: Work, request: Booking, service: Service, customer: Customer, bookable: Bookable
) -> dict[str, Any]:
    end = request.start_time + timedelta(minutes=service.duration)
    return {
        "tenant_id": work.tenant.id,
        "title": request.title,
        "notes": request.notes,
        "internal_notes": request.internal_notes,
        "start_time": request.start_time,
        "end_time": end,
        "held_until": end + timedelta(minutes=service.buffer_time),
        "timezone": request.timezone or bookable.calendar.zone,
        "service_id": service.id,
        "provider_id": bookable.provider_id,
        "location_id": bookable.location_id,
        "customer_id": customer.id,
        "booked_at": work.now,
        "booked_by": work.caller.member_id,
        "confirmation_code": new_confirmation_code(),
        "price": service.price,
        "currency": service.currency,
        "requires_approval": service.requires_approval,
        "ignored_availability": request.ignore_availability,
        "remind_at": work.now,
    }


def _announce(work: Work, appointment: Appointment, customer: Customer) -> Appointment:
    work.record("appointment.booked", appointment)
    requested = appointment.requires_approval
    kind = NotificationKind.REQUESTED if requested else NotificationKind.BOOKED
    owe(work, kind, appointment, customer)
    return appointment


def _alternatives(work: Work, request: Booking, service: Service) -> list[dict[str, Any]]:
    soonest = work.now + timedelta(hours=service.min_advance_booking)
    start = max(request.start_time, soonest)
    bookables = _bookables(work, request, service, start, within=ALTERNATIVES_WITHIN)
    return next_slots(bookables, offering(service, work.tenant), start=start, now=work.now)
