"""Booking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from sloty_booking.appointments.asked import Asked, read_asked
from sloty_booking.appointments.by_hold import as_held, refuse_mismatch
from sloty_booking.appointments.candidates import (
    Candidates,
    Wish,
    find_candidates,
    find_keeper,
    take_first,
)
from sloty_booking.appointments.participants.actions import insert_participants
from sloty_booking.appointments.schemas import Booking, BookingDetails
from sloty_booking.appointments.take_time import Told, take_held_time, take_time
from sloty_booking.appointments.who_acts import booker_id
from sloty_booking.appointments.who_books import customer_of, refuse_foreign_booking
from sloty_booking.files.attach import attach_files, file_faults
from sloty_booking.forms.answers import check_answers
from sloty_booking.forms.queries import parameters_of
from sloty_booking.holds.queries import hold_to_book
from sloty_booking.notifications.owe import owe_participants
from sloty_booking.tenants.plan_limits import refuse_another_appointment
from sloty_shared.approvals import answer_by
from sloty_shared.calendars import Bookable, offering
from sloty_shared.errors import Invalid
from sloty_shared.hot_statements import Values
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


@dataclass(frozen=True, slots=True)
class Order:
    """What is booked apart from the time: checked once, at however many times it is then taken."""

    request: BookingDetails
    service: Service
    form: list[ServiceParameter]
    answers: dict[str, Any]
    series_id: UUID | None = None

    def wish(self, work: Work, start: datetime) -> Wish:
        return Wish(
            service=self.service,
            terms=offering(self.service, work.tenant),
            start=start,
            provider_id=self.request.provider_id,
            location_id=self.request.location_id,
            ignore_availability=self.request.ignore_availability,
        )


def book(work: Work, request: Booking, found: Values | None) -> Appointment:
    """A new appointment and the messages about it; `found` is what `ask_booking` found.

    Raises NotFound for a service, provider, location or customer that is not there, Invalid with
    every fault of the form's answers, one of `refusals.REFUSALS` with the next free slots where the
    time cannot be booked, HoldExpired or HoldMismatch, FileTaken, Forbidden or PlanLimit.
    """
    refuse_foreign_booking(work, request)
    refuse_another_appointment(work)
    asked = read_asked(found, request)
    order = check_order(work, request, asked.service, has_form=asked.has_form)
    appointment, told = _take_wished(work, order, asked, request.hold_id)
    participants = add_parts(work, order, [appointment])
    owe_participants(work, told.kind, appointment, told.customer, participants)
    return appointment


def check_order(
    work: Work, request: BookingDetails, service: Service, *, has_form: bool = True
) -> Order:
    """Raises Invalid with every fault of the answers."""
    form = list(parameters_of(work, service.id)) if has_form else []
    return Order(request, service, form, _checked(work, request, form))


def take(
    work: Work,
    order: Order,
    wish: Wish,
    candidates: Candidates,
    customer: Customer,
    told: Told | None = None,
) -> Appointment:
    """The appointment itself, without its parts. Raises SlotUnavailable."""

    def take_of(bookable: Bookable) -> Appointment | None:
        values = _columns(work, order, wish, customer, bookable)
        return take_time(work, wish.of(bookable), values, told)

    return take_first(work, wish, candidates, take_of)


def add_parts(
    work: Work, order: Order, appointments: Sequence[Appointment]
) -> list[AppointmentParticipant]:
    """The answers and participants of each of them; the participants are returned.

    A file belongs to one appointment: it is kept with the first.
    """
    _add_answers(work, order, appointments)
    attach_files(work, appointments[0], order.form, order.answers)
    return _add_participants(work, order, appointments)


def kind_of_booking(service: Service) -> NotificationKind:
    """What the customer is told of an appointment when it is booked."""
    return NotificationKind.REQUESTED if service.requires_approval else NotificationKind.BOOKED


def _take_wished(
    work: Work, order: Order, asked: Asked, hold_id: UUID | None
) -> tuple[Appointment, Told]:
    """The appointment at the time that was asked for, free or held, and who was told of it."""
    wish = order.wish(work, order.request.start_time)
    if hold_id is not None:
        return _take_held(work, order, asked, wish, hold_id)
    candidates = find_candidates(work, wish, asked.bookables)
    told = _told(order, customer_of(work, order.request, asked.customer))
    return take(work, order, wish, candidates, told.customer, told), told


def _take_held(
    work: Work, order: Order, asked: Asked, wish: Wish, hold_id: UUID
) -> tuple[Appointment, Told]:
    hold = hold_to_book(work, hold_id)
    held_wish = as_held(wish, hold)
    keeper = find_keeper(work, held_wish)
    told = _told(order, customer_of(work, order.request, asked.customer))
    refuse_mismatch(work, wish, hold, keeper)
    values = _columns(work, order, held_wish, told.customer, keeper)
    return take_held_time(work, hold, values, told), told


def _told(order: Order, customer: Customer) -> Told:
    return Told("appointment.booked", kind_of_booking(order.service), customer)


def _checked(work: Work, request: BookingDetails, form: list[ServiceParameter]) -> dict[str, Any]:
    """What was answered; null is no answer. Raises Invalid."""
    given = request.parameters or {}
    answers = {name: value for name, value in given.items() if value is not None}
    faults = check_answers(form, answers) + file_faults(work, form, answers)
    if faults:
        raise Invalid(errors=faults)
    return answers


def _columns(
    work: Work, order: Order, wish: Wish, customer: Customer, bookable: Bookable
) -> dict[str, Any]:
    request, service = order.request, order.service
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
        "series_id": order.series_id,
    }


def _add_answers(work: Work, order: Order, appointments: Sequence[Appointment]) -> None:
    """In the form's order, each with the label that was read."""
    rows = [
        {
            "tenant_id": appointment.tenant_id,
            "appointment_id": appointment.id,
            "parameter_name": field.name,
            "label": field.label,
            "value": order.answers[field.name],
        }
        for appointment in appointments
        for field in order.form
        if field.name in order.answers
    ]
    if rows:
        work.session.execute(insert(AppointmentParameter), rows)


def _add_participants(
    work: Work, order: Order, appointments: Sequence[Appointment]
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
        for appointment in appointments
        for each in order.request.participants
    ]
    return insert_participants(work, rows)
