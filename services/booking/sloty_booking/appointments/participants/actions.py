"""Adding, changing and removing participants."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert

from sloty_booking.appointments import queries as appointments
from sloty_booking.appointments.participants import queries
from sloty_booking.appointments.participants.schemas import NewParticipant, ParticipantChange
from sloty_booking.appointments.who_acts import refuse_customer
from sloty_booking.notifications.owe import invite
from sloty_shared.errors import Conflict, Invalid
from sloty_shared.models import HOLDING, AppointmentParticipant, ParticipantStatus
from sloty_shared.web.changes import change_row, delete_row
from sloty_shared.web.work import Work

MAX_PARTICIPANTS = 200
_SAID_BY_STAFF = frozenset({ParticipantStatus.ATTENDED, ParticipantStatus.NO_SHOW})


class AppointmentOver(Conflict):
    """Nobody joins an appointment that is over, cancelled or moved."""

    code = "appointment_over"
    title = "Appointment over"


class TooManyParticipants(Invalid):
    """The appointment has as many participants as one may have."""

    code = "too_many"
    title = "Too many"


def insert_participants(work: Work, rows: list[dict[str, Any]]) -> list[AppointmentParticipant]:
    """All of them in one statement, which rows that are not alike would not go in."""
    if not rows:
        return []
    adding = insert(AppointmentParticipant).returning(AppointmentParticipant)
    found = work.session.scalars(adding, rows, execution_options={"render_nulls": True})
    return list(found)


def add_participant(
    work: Work, appointment_id: UUID, new: NewParticipant
) -> AppointmentParticipant:
    """Invited at once, unless the appointment awaits approval: then with its confirmation.

    Raises NotFound, Forbidden, AppointmentOver or TooManyParticipants.
    """
    appointment = appointments.appointment_to_change(work, appointment_id)
    if appointment.status not in HOLDING:
        raise AppointmentOver
    if queries.count(work, appointment) >= MAX_PARTICIPANTS:
        raise TooManyParticipants(f"An appointment has at most {MAX_PARTICIPANTS} participants.")
    participant = AppointmentParticipant(
        tenant_id=work.tenant.id,
        appointment_id=appointment.id,
        name=new.name,
        email=new.email,
        phone=new.phone,
        relationship_=new.relationship,
    )
    work.session.add(participant)
    work.session.flush()
    work.record("participant.added", participant)
    if not appointment.awaits_approval:
        invite(work, appointment, participant)
    return participant


def change_participant(
    work: Work, appointment_id: UUID, participant_id: UUID, change: ParticipantChange
) -> AppointmentParticipant:
    """Raises NotFound, VersionConflict, or Forbidden for what is not the caller's to say."""
    appointment = appointments.appointment_to_change(work, appointment_id)
    participant = queries.one_of(work, appointment, participant_id, to_change=True)
    if change.status in _SAID_BY_STAFF:
        refuse_customer(work)
    work.check_version(participant)
    values = change.model_dump(exclude_unset=True)
    if "relationship" in values:
        values["relationship_"] = values.pop("relationship")
    change_row(work, "participant.changed", participant, values)
    return participant


def remove_participant(work: Work, appointment_id: UUID, participant_id: UUID) -> None:
    """Raises NotFound, Forbidden or VersionConflict."""
    appointment = appointments.appointment_to_change(work, appointment_id)
    participant = queries.one_of(work, appointment, participant_id, to_change=True)
    work.check_version(participant)
    delete_row(work, "participant.removed", participant)
