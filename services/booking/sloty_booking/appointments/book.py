"""Booking."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from sloty_booking.appointments import queries
from sloty_booking.appointments.by_hold import as_held, refuse_mismatch
from sloty_booking.appointments.candidates import (
    Wish,
    find_candidates,
    find_keeper,
    take_first,
)
from sloty_booking.appointments.participants.actions import insert_participants
from sloty_booking.appointments.schemas import Booking
from sloty_booking.appointments.take_time import take_held_time, take_time
from sloty_booking.appointments.who_acts import booker_id
from sloty_booking.appointments.who_books import customer_of, refuse_foreign_booking
from sloty_booking.forms.answers import check_answers
from sloty_booking.holds.queries import hold_to_book
from sloty_booking.notifications.actions import owe
from sloty_booking.tenants.plan_limits import refuse_another_appointment
from sloty_shared.approvals import answer_by
from sloty_shared.calendars import Bookable, offering
from sloty_shared.errors import Invalid
from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import (
    Appointment,
    AppointmentParameter,
    AppointmentParticipant,
    Customer,
    NotificationKind,
    Service,
    ServiceParameter,
)
from sloty_shared.web.work import Work
from sloty_shared.zone_rules import wall_time


def book(work: Work, request: Booking) -> Appointment:
    """A new appointment and the messages about it.

    Raises NotFound for a service, provider, location or customer that is not there, Invalid with
    every fault of the form's answers, one of `refusals.REFUSALS` with the next free slots where the
    time cannot be booked, HoldExpired or HoldMismatch, Forbidden or PlanLimit.
    """
    refuse_foreign_booking(work, request)
    refuse_another_appointment(work)
    service, form = queries.service_and_form(work, request.service_id)
    answers = _checked(request, form)
    wish = Wish(
        service=service,
        terms=offering(service, work.tenant),
        start=request.start_time,
        provider_id=request.provider_id,
        location_id=request.location_id,
        ignore_availability=request.ignore_availability,
    )
    appointment, customer = _take(work, request, wish)
    _add_answers(work, appointment, form, answers)
    participants = _add_participants(work, appointment, request)
    work.record("appointment.booked", appointment)
    kind = NotificationKind.REQUESTED if appointment.awaits_approval else NotificationKind.BOOKED
    owe(work, kind, appointment, customer, participants)
    return appointment


def _take(work: Work, request: Booking, wish: Wish) -> tuple[Appointment, Customer]:
    if request.hold_id is not None:
        return _take_held(work, request, wish, request.hold_id)
    candidates = find_candidates(work, wish)
    customer = customer_of(work, request)

    def take(bookable: Bookable) -> Appointment | None:
        values = _columns(work, request, wish, customer, bookable)
        return take_time(work, wish.of(bookable), values)

    return take_first(work, wish, candidates, take), customer


def _take_held(
    work: Work, request: Booking, wish: Wish, hold_id: UUID
) -> tuple[Appointment, Customer]:
    hold = hold_to_book(work, hold_id)
    held_wish = as_held(wish, hold)
    keeper = find_keeper(work, held_wish)
    customer = customer_of(work, request)
    refuse_mismatch(work, wish, hold, keeper)
    values = _columns(work, request, held_wish, customer, keeper)
    return take_held_time(work, hold, values), customer


def _checked(request: Booking, form: list[ServiceParameter]) -> dict[str, Any]:
    """What was answered; null is no answer. Raises Invalid."""
    given = request.parameters or {}
    answers = {name: value for name, value in given.items() if value is not None}
    faults = check_answers(form, answers)
    if faults:
        raise Invalid(errors=faults)
    return answers


def _columns(
    work: Work, request: Booking, wish: Wish, customer: Customer, bookable: Bookable
) -> dict[str, Any]:
    service: Service = wish.service
    expires = answer_by(work.tenant, start=wish.start, now=work.now)
    return {
        "tenant_id": work.tenant.id,
        "title": request.title,
        "notes": request.notes,
        "internal_notes": request.internal_notes,
        "start_time": wish.start,
        "end_time": wish.end,
        "held_until": wish.held_until,
        "timezone": request.timezone or bookable.calendar.zone,
        "start_wall_time": wall_time(wish.start, bookable.calendar.zone),
        "service_id": service.id,
        "provider_id": bookable.provider_id,
        "location_id": bookable.location_id,
        "customer_id": customer.id,
        "booked_at": work.now,
        "booked_by": booker_id(work),
        "confirmation_code": new_confirmation_code(),
        "price": service.price,
        "currency": service.currency,
        "requires_approval": service.requires_approval,
        "answer_by": expires if service.requires_approval else None,
        "ignored_availability": request.ignore_availability,
        "remind_at": work.now,
    }


def _add_answers(
    work: Work, appointment: Appointment, form: list[ServiceParameter], answers: dict[str, Any]
) -> None:
    """In the form's order, each with the label that was read."""
    rows = [
        {
            "tenant_id": appointment.tenant_id,
            "appointment_id": appointment.id,
            "parameter_name": field.name,
            "label": field.label,
            "value": answers[field.name],
        }
        for field in form
        if field.name in answers
    ]
    if rows:
        work.session.execute(insert(AppointmentParameter), rows)


def _add_participants(
    work: Work, appointment: Appointment, request: Booking
) -> list[AppointmentParticipant]:
    rows = [
        {
            "tenant_id": appointment.tenant_id,
            "appointment_id": appointment.id,
            "name": each.name,
            "email": each.email,
            "phone": each.phone,
            "relationship_": each.relationship,
        }
        for each in request.participants
    ]
    return insert_participants(work, rows)
