"""Reading participants."""

from uuid import UUID

from sqlalchemy import Select, func, select

from sloty_booking.appointments import queries as appointments
from sloty_shared.errors import NotFound
from sloty_shared.models import Appointment, AppointmentParticipant
from sloty_shared.web.paging import Page, paginate
from sloty_shared.web.work import Work


def participants(
    work: Work, appointment_id: UUID, page: Page
) -> tuple[list[AppointmentParticipant], str | None]:
    """In the order in which they were named. Raises NotFound for an unseen appointment."""
    appointment = appointments.appointment(work, appointment_id)
    return paginate(work.session, _of(appointment), by=[AppointmentParticipant.id], page=page)


def participant(work: Work, appointment_id: UUID, participant_id: UUID) -> AppointmentParticipant:
    """Raises NotFound, also for one of another appointment."""
    return one_of(work, appointments.appointment(work, appointment_id), participant_id)


def one_of(
    work: Work, appointment: Appointment, participant_id: UUID, *, to_change: bool = False
) -> AppointmentParticipant:
    """One of this appointment's. Raises NotFound. `to_change` locks the row."""
    query = _of(appointment).where(AppointmentParticipant.id == participant_id)
    found = work.session.scalar(query.with_for_update() if to_change else query)
    if found is None:
        raise NotFound("There is no such participant.")
    return found


def count(work: Work, appointment: Appointment) -> int:
    all_of_it = _of(appointment).subquery()
    return work.session.scalar(select(func.count()).select_from(all_of_it)) or 0


def _of(appointment: Appointment) -> Select[AppointmentParticipant]:
    return select(AppointmentParticipant).where(
        AppointmentParticipant.tenant_id == appointment.tenant_id,
        AppointmentParticipant.appointment_id == appointment.id,
    )
