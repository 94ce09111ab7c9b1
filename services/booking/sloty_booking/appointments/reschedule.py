"""Moving an appointment: the old one gives its time back and a new one takes another, or nothing changes."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select

from sloty_booking.appointments import queries
from sloty_booking.appointments.candidates import Wish, as_taken, find_candidates, take_first
from sloty_booking.appointments.participants.actions import insert_participants
from sloty_booking.appointments.queries import Key
from sloty_booking.appointments.schemas import StaffMove
from sloty_booking.appointments.take_time import take_time
from sloty_booking.appointments.who_acts import (
    acts_for_customer,
    booker_id,
    refuse_customer,
    refuse_too_late,
)
from sloty_booking.appointments.who_books import refuse_foreign_provider
from sloty_booking.catalog import queries as catalog
from sloty_booking.customers import queries as customers
from sloty_booking.files.attach import move_files
from sloty_booking.notifications.owe import owe
from sloty_shared import audit
from sloty_shared.approvals import answer_by
from sloty_shared.calendars import Bookable, offering
from sloty_shared.holding import lock_calendars
from sloty_shared.ids import new_confirmation_code
from sloty_shared.models import (
    Appointment,
    AppointmentParameter,
    AppointmentParticipant,
    AppointmentStatus,
    NotificationKind,
)
from sloty_shared.web.work import Work
from sloty_shared.zone_rules import wall_time

# What goes along with a move as it was booked.
_KEPT = (
    "tenant_id",
    "title",
    "notes",
    "internal_notes",
    "timezone",
    "service_id",
    "customer_id",
    "price",
    "currency",
    "requires_approval",
    "series_id",
    "calendar_sequence",
)
_KEPT_ANSWER = ("parameter_name", "label", "value")
_KEPT_PARTICIPANT = ("name", "email", "phone", "relationship_", "status", "wants_reminders")


def reschedule(work: Work, key: Key, move: StaffMove) -> Appointment:
    """The new appointment, linked with the old one, and the messages about it.

    Price, duration and buffer stay as they were booked. What the business has approved stays
    approved when the business moves it; moved by the customer it is a request again. Raises
    NotFound, InvalidTransition, TooLate for a customer, Forbidden, or what refuses a booking.
    """
    provider_id = _lock_calendars(work, key, move)
    old = queries.appointment_to_change(work, key)
    refuse_foreign_move(work, move, provider_id)
    new, participants = move_one(work, old, move, provider_id)
    customer = customers.customer(work, new.customer_id)
    owe(work, kind_of_move(new), new, customer, participants)
    return new


def move_one(
    work: Work, old: Appointment, move: StaffMove, provider_id: UUID
) -> tuple[Appointment, list[AppointmentParticipant]]:
    """The new appointment and its participants; nobody is told yet, and all of it is locked.

    Raises InvalidTransition, TooLate for a customer, or what refuses a booking.
    """
    before, stays_approved = audit.snapshot(old), _stays_approved(work, old)
    old.move_to(AppointmentStatus.RESCHEDULED, now=work.now)
    refuse_too_late(work, old)
    # Its time is free from here on, so it does not stand in its own way.
    work.session.flush()
    service = catalog.service(work, old.service_id)
    wish = Wish(
        service=service,
        terms=as_taken(
            offering(service, work.tenant), old.start_time, old.end_time, old.held_until
        ),
        start=move.start_time,
        provider_id=provider_id,
        ignore_availability=move.ignore_availability,
    )

    def take(bookable: Bookable) -> Appointment | None:
        values = _columns(work, old, move, wish, bookable)
        status = _status(work, old, wish, stays_approved)
        return take_time(work, wish.of(bookable), values | status)

    new = take_first(work, wish, find_candidates(work, wish), take)
    old.rescheduled_to_id = new.id
    work.session.flush()
    work.record("appointment.rescheduled", old, before=before)
    work.record("appointment.rescheduled", new)
    _copy_answers(work, old, new)
    move_files(work, old, new)
    return new, _copy_participants(work, old, new)


def kind_of_move(new: Appointment) -> NotificationKind:
    """What the customer is told of it."""
    requested = new.awaits_approval
    return NotificationKind.REQUESTED if requested else NotificationKind.RESCHEDULED


def _lock_calendars(work: Work, key: Key, move: StaffMove) -> UUID:
    """Whose calendar the appointment goes to; nobody else moves between the two meanwhile.

    Before the appointment, so that two moves cannot wait for each other.
    """
    comes_from = queries.appointment(work, key).provider_id
    goes_to = move.provider_id or comes_from
    lock_calendars(work.session, work.tenant.id, {comes_from, goes_to})
    return goes_to


def refuse_foreign_move(work: Work, move: StaffMove, provider_id: UUID) -> None:
    """Raise Forbidden where the caller may not move to this calendar, or to any time."""
    if move.ignore_availability:
        refuse_customer(work)
    refuse_foreign_provider(work, provider_id)


def _stays_approved(work: Work, old: Appointment) -> bool:
    approved = old.requires_approval and old.status is AppointmentStatus.CONFIRMED
    return approved and not acts_for_customer(work)


def _columns(
    work: Work, old: Appointment, move: StaffMove, wish: Wish, bookable: Bookable
) -> dict[str, Any]:
    return {
        **{name: getattr(old, name) for name in _KEPT},
        "start_time": wish.start,
        "end_time": wish.end,
        "held_until": wish.held_until,
        "start_wall_time": wall_time(wish.start, bookable.calendar.zone),
        "provider_id": bookable.provider_id,
        "location_id": bookable.location_id,
        "booked_at": work.now,
        "booked_by": booker_id(work),
        "confirmation_code": new_confirmation_code(),
        "ignored_availability": move.ignore_availability,
        "rescheduled_from_id": old.id,
        "calendar_uid": old.uid,
        "remind_at": work.now,
    }


def _status(work: Work, old: Appointment, wish: Wish, stays_approved: bool) -> dict[str, Any]:  # noqa: FBT001
    if stays_approved:
        return {"status": AppointmentStatus.CONFIRMED}
    expires = answer_by(work.tenant, start=wish.start, now=work.now)
    return {
        "status": AppointmentStatus.SCHEDULED,
        "answer_by": expires if old.requires_approval else None,
    }


def _copy_answers(work: Work, old: Appointment, new: Appointment) -> None:
    table = AppointmentParameter
    kept = [getattr(table, name) for name in _KEPT_ANSWER]
    rows = select(table.tenant_id, literal(new.id), *kept).where(
        table.tenant_id == old.tenant_id, table.appointment_id == old.id
    )
    work.session.execute(
        insert(table).from_select(
            ["tenant_id", "appointment_id", *_KEPT_ANSWER], rows.order_by(table.id)
        )
    )


def _copy_participants(
    work: Work, old: Appointment, new: Appointment
) -> list[AppointmentParticipant]:
    rows = [
        {"tenant_id": new.tenant_id, "appointment_id": new.id}
        | {name: getattr(each, name) for name in _KEPT_PARTICIPANT}
        for each in queries.participants_of(work, old)
    ]
    return insert_participants(work, rows)
